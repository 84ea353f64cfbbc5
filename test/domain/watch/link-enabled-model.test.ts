import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { lookAtCopies } from '../../../src/activities/evidence/copies.ts'
import { checkPositions } from '../../../src/activities/reads/check-positions.ts'
import type { LagSample } from '../../../src/contract/evidence.ts'
import { packSample } from '../../../src/domain/watch/packed-sample.ts'
import { scene, topic } from '../../activities/scene.ts'
import { MirroredLog, clusterOf, linkOf } from '../mirrored-log-model.ts'

/** Before a link is enabled its positions are compared with both sides, whatever happened to them while it was off. */

const link = { pair: 'accounting', from: 'A', to: 'B' }
const signal = new AbortController().signal
const long = 60_000

function depsOf(log: MirroredLog) {
  const { deps } = scene()
  const cluster = (alias: string) => (alias === 'A' ? clusterOf(topic, log.source) : clusterOf(`${topic}.A`, log.copy))
  return { ...deps, ports: { ...deps.ports, cluster, mirroring: () => linkOf(log, topic) } }
}

async function sampled(log: MirroredLog): Promise<LagSample> {
  const [copy] = await lookAtCopies(depsOf(log), { ...link, topics: [topic] })
  return {
    at: '2026-01-01T00:00:00.000Z',
    sourceReachable: true,
    linkReachable: true,
    totalLag: 0,
    ends: [{ topic, partitions: [[0, log.source.start, log.source.end, log.source.stable]] }],
    mirroredTo: [{ topic, offsets: log.position === undefined ? [] : [[0, log.position]] }],
    groups: [],
    topicIds: [{ topic, topicId: log.source.id }],
    ...(copy?.copyId
      ? {
          copies: [
            {
              topic,
              copyId: copy.copyId,
              rows: copy.rows.map(([partition, , end, , reached]) => [partition, end, reached]),
            },
          ],
        }
      : {}),
  }
}

const positionsOf = async (log: MirroredLog, sample: LagSample) =>
  checkPositions(
    depsOf(log),
    { ...link, topics: [topic], sample: packSample(sample), settlements: [], running: false },
    signal,
  )

/** As `enable-original` does it. */
async function enabled(log: MirroredLog, sample: LagSample): Promise<void> {
  const { changes } = await positionsOf(log, sample)
  for (const [, offset] of changes.flatMap(({ offsets }) => offsets)) log.move(offset ?? -1)
  if (changes.length === 0) log.restart()
  log.mirror(1_000)
}

const away: Record<string, (log: MirroredLog, count: number) => void> = {
  'source cut off': ({ source }, count) => source.truncate(Math.max(source.start, source.end - count)),
  'source created again': ({ source }) => source.recreate(),
  'copy created again': ({ copy }) => copy.recreate(),
  'copy cut off': ({ copy }, count) => copy.truncate(Math.max(copy.start, copy.end - count)),
  'a stray writes': (log, count) => log.produce(count),
  'a transaction ends': (log) => log.endEmpty(),
}

test(
  'a link that is enabled brings every record of the source, whatever became of the logs while it was off',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.tuple(fc.constantFrom(...Object.keys(away)), fc.integer({ min: 1, max: 6 })), { maxLength: 6 }),
        fc.boolean(),
        async (count, list, exactlyOnce) => {
          const log = new MirroredLog()
          log.exactlyOnce = exactlyOnce
          log.produce(count)
          log.mirror(count)
          log.flush()
          const sample = await sampled(log)
          for (const [name, number] of list) away[name]?.(log, number)
          await enabled(log, sample)
          expect(log.missing(new Set())).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  },
  long,
)

test('a log that lost its end and grew past the position is known by its records, with the offset from which they are others', async () => {
  const log = new MirroredLog()
  log.produce(40)
  log.mirror(40)
  log.flush()
  const sample = await sampled(log)
  log.source.truncate(20)
  log.produce(25)
  const { changes, offsets, text } = await positionsOf(log, sample)
  expect({ changes, offsets }).toEqual({ changes: [{ topic, offsets: [[0, 19]] }], offsets: 20 })
  expect(text).toContain('offsets 20 to 39')
})

test('a log with another beginning, of whose copy retention took the older part, is mirrored again from its start', async () => {
  const log = new MirroredLog()
  log.produce(10)
  log.mirror(10)
  log.flush()
  log.copy.removeBefore(8)
  const sample = await sampled(log)
  log.source.truncate(4)
  log.produce(12)
  expect((await positionsOf(log, sample)).changes).toEqual([{ topic, offsets: [[0, null]] }])
})

test('a copy that somebody else wrote to, or that outlived its record on a compacted source, is no reason to go back', async () => {
  const log = new MirroredLog()
  log.produce(6)
  log.mirror(6)
  log.flush()
  const sample = await sampled(log)
  log.copy.append('data', 'r99', 'k9')
  expect((await positionsOf(log, sample)).changes).toEqual([])
  log.copy.truncate(6)
  log.produce(3)
  log.source.compact()
  expect((await positionsOf(log, sample)).changes).toEqual([])
})
