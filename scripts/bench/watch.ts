import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defaultPayloadConverter } from '@temporalio/common'
import type { LagSample } from '../../src/contract/evidence.ts'
import type { LagPoint } from '../../src/contract/watch.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { packSample } from '../../src/domain/watch/packed-sample.ts'
import type { WatchLook } from '../../src/domain/watch/look.ts'
import { tracksAfter } from '../../src/domain/watch/tracks.ts'
import { compressing } from '../../src/payloads/compress.ts'
import { PairRecord } from '../../src/workflows/pair/pair-record.ts'
import { median, type Figure } from './figure.ts'

const TOPICS = 1_000
const PARTITIONS = 3
const GROUPS = 2
/** Seconds. The configuration's default, and a stretch as the pair's workflow has it. */
const EVERY = 5
const STRETCH = 30
const DAY = 86_400
const MOST_BYTES = 256 * 1024
const BEGAN = Date.parse('2026-01-17T00:00:00Z')

const names = Array.from({ length: TOPICS }, (_, index) => `accounting.department-${index}.invoices`)
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
const iso = (second: number) => new Date(BEGAN + second * 1_000).toISOString()

/** A day of looks at 1,000 topics, all of them behind, as the pair's workflow takes them up. No server, no clock. */
export async function watch(): Promise<Figure[]> {
  const record = new PairRecord({
    dossier: newDossier({ pair: 'bench', primary: 'A', secondary: 'B', at: iso(0) }),
    lease: null,
    epoch: 0,
    adopted: false,
    keys: [],
    events: [],
  })
  const heapBefore = usedHeap()
  const took: number[] = []
  let payload = 0
  let plain = 0
  let tracks: ReturnType<typeof tracksAfter> = []
  for (let second = 0; second < DAY; second += STRETCH) {
    const sample = sampleAt(second)
    const points = Array.from({ length: STRETCH / EVERY }, (_, look) => pointAt(second + look * EVERY))
    const began = performance.now()
    tracks = tracksAfter(tracks, lookOf(sample))
    const packed = packSample(sample)
    record.sampled(packed)
    record.watched('A->B', points, { findings: [], tracks, settings: null }, sample.at)
    took.push(performance.now() - began)
    if (second % 3_600 === 0) {
      const answer = { sample: packed, points, tracks }
      payload = Math.max(payload, await stored(answer))
      plain = Math.max(plain, bytes(answer))
    }
  }
  const kept = await stored(record.state)
  const measured = `${TOPICS} topics x ${PARTITIONS} partitions, ${GROUPS} groups, all behind; a look every ${EVERY} s, a stretch of ${STRETCH} s, a day`
  return [
    {
      what: 'watch: what a pair hands on after a day',
      unit: 'bytes',
      ours: kept,
      peers: [
        { name: 'not compressed', value: bytes(record.state) },
        { name: 'every sample of the day, packed', value: bytes(packSample(sampleAt(DAY))) * (DAY / EVERY) },
      ],
      aim: { words: `below ${MOST_BYTES / 1024} KB`, holds: kept < MOST_BYTES },
      with: measured,
    },
    {
      what: 'watch: the largest answer of a stretch, which is a payload of a history',
      unit: 'bytes',
      ours: payload,
      peers: [
        { name: 'not compressed', value: plain },
        { name: 'with the sample as it is', value: bytes(sampleAt(DAY)) },
      ],
      aim: { words: `below ${MOST_BYTES / 1024} KB`, holds: payload < MOST_BYTES },
      with: measured,
    },
    {
      what: 'watch: memory that the day has left in the workflow',
      unit: 'MB',
      ours: (usedHeap() - heapBefore) / 1024 ** 2,
      peers: [],
      aim: null,
      with: `${measured}; ${median(took).toFixed(1)} ms of work a stretch`,
    },
  ]
}

function sampleAt(second: number): LagSample {
  const end = 1_200_000_000 + second * 100
  return {
    at: iso(second),
    sourceReachable: true,
    linkReachable: true,
    totalLag: TOPICS * PARTITIONS * 1_000,
    ends: names.map((topic) => ({ topic, partitions: partitions.map((partition) => [partition, 0, end, end]) })),
    mirroredTo: names.map((topic) => ({ topic, offsets: partitions.map((partition) => [partition, end - 1_000]) })),
    topicIds: names.map((topic) => ({ topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' })),
    groups: Array.from({ length: GROUPS }, (_, group) => ({
      group: `billing-${group}`,
      topics: names.map((topic) => ({ topic, offsets: partitions.map((partition) => [partition, end - 900]) })),
    })),
  }
}

function pointAt(second: number): LagPoint {
  const ends = TOPICS * PARTITIONS * (1_200_000_000 + second * 100)
  const lag = TOPICS * PARTITIONS * 1_000
  // Others are worst each time, so that every slot of the worst topics is used.
  const worst = names.slice(second % 900, (second % 900) + 10).map((topic): [string, number] => [topic, 3_000])
  return { at: iso(second), lag, ends, mirrored: ends - lag, sourceReachable: true, linkReachable: true, worst }
}

function lookOf({ at, ends, mirroredTo, topicIds }: LagSample): WatchLook {
  const ids = new Map(topicIds?.map(({ topic, topicId }) => [topic, topicId]))
  return {
    at,
    from: 'A',
    to: 'B',
    naming: { kind: 'suffix', separator: '.', aliases: ['A', 'B'] },
    topics: names,
    link: null,
    ends: ends.map((entry) => ({ ...entry, topicId: ids.get(entry.topic) ?? '' })),
    mirroredTo,
    target: null,
    rests: [],
    missing: [],
    recent: [],
    windows: { stall: 60, growth: 300, retention: 3_600 },
  }
}

/** As Temporal stores it. */
async function stored(value: unknown): Promise<number> {
  const [payload] = await compressing.encode([defaultPayloadConverter.toPayload(value)])
  return payload?.data?.length ?? 0
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** Bytes in use after a collection. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
