import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { lookAtCopies } from '../../../src/activities/evidence/copies.ts'
import { newMemory, takeCertificate } from '../../../src/activities/evidence/certificate.ts'
import type { Certificate, LagSample, TopicEnds, TopicRests } from '../../../src/contract/evidence.ts'
import type { ComparedUpTo } from '../../../src/domain/compare/compared-up-to.ts'
import { basisText, worstFirst } from '../../../src/domain/certificate/text.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import { scene, topic } from '../../activities/scene.ts'
import { MirroredLog, clusterOf, linkOf } from '../mirrored-log-model.ts'

/**
 * The certificate against two logs and a link between them: the model gives what a broker and Connect would answer, and the
 * product's own code judges.
 */

const link = { pair: 'accounting', from: 'A', to: 'B', topics: [topic] }
const signal = new AbortController().signal

/** Hundreds of histories, ms: 3 s alone. */
const long = 60_000

function depsOf(log: MirroredLog, committed?: number) {
  const { deps } = scene()
  const ports: Pick<Ports, 'cluster' | 'mirroring'> = {
    cluster: (alias) => (alias === 'A' ? clusterOf(topic, log.source, committed) : clusterOf(`${topic}.A`, log.copy)),
    mirroring: () => linkOf(log, topic),
  }
  return { ...deps, ports: { ...deps.ports, ...ports } }
}

type Deps = ReturnType<typeof depsOf>
type Act = (log: MirroredLog, count: number) => void

/** What happens to an ordinary link: nothing of it may keep a certificate from becoming complete. */
const healthy: Record<string, Act> = {
  produce: (log, count) => log.produce(count),
  begin: (log, count) => log.begin(count),
  commit: (log) => log.decide(true),
  abort: (log) => log.decide(false),
  'end without a record': (log) => log.endEmpty(),
  mirror: (log, count) => log.mirror(count),
  flush: (log) => log.flush(),
  restart: (log) => log.restart(),
}
/** What takes records from a log, or from the way there. */
const damage: Record<string, Act> = {
  'copy created again': ({ copy }) => copy.recreate(),
  'copy cut off': ({ copy }, count) => copy.truncate(Math.max(copy.start, copy.end - count)),
  'source created again': ({ source }) => source.recreate(),
  'source cut off': ({ source }, count) => source.truncate(Math.max(source.start, source.end - count)),
  'position moved': (log, count) => log.move(Math.max(0, Math.min(log.source.end - 1, (log.position ?? 0) + count))),
  'retention on the source': ({ source }, count) => source.removeBefore(Math.min(source.stable, source.start + count)),
  'retention on the copy': ({ copy }, count) => copy.removeBefore(Math.min(copy.end, copy.start + count)),
  'compaction on the source': ({ source }) => source.compact(),
  'compaction of the copy': ({ copy }) => copy.compact(),
  'time stamps of the copy': ({ copy }) => {
    copy.restamped = true
  },
}

const steps = (acts: Record<string, Act>) =>
  fc.array(fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.integer({ min: 1, max: 4 })), { maxLength: 14 })

function play(
  log: MirroredLog,
  acts: Record<string, Act>,
  list: [name: string, count: number][],
  held: Set<string>,
): void {
  for (const [name, count] of list) {
    acts[name]?.(log, count)
    for (const entry of log.copy.entries) held.add(entry.name)
  }
}

/** As the pair remembers it. */
async function sampled(log: MirroredLog, deps: Deps): Promise<Pick<LagSample, 'topicIds' | 'copies'>> {
  const [copy] = await lookAtCopies(deps, link)
  return {
    topicIds: [{ topic, topicId: log.source.id }],
    copies: copy?.copyId
      ? [
          {
            topic,
            copyId: copy.copyId,
            rows: copy.rows.map(([partition, , end, , reached]) => [partition, end, reached]),
          },
        ]
      : [],
  }
}

/** Looks until nothing changes any more. */
async function certified(
  deps: Deps,
  sample: Pick<LagSample, 'topicIds' | 'copies'> | null,
  fencedEnds: TopicEnds[] | null = null,
  readers: { group: string; topics: string[] }[] = [],
) {
  const memory = newMemory()
  const request = {
    ...link,
    fencedEnds,
    readers,
    ...(sample?.topicIds ? { knownIds: sample.topicIds } : {}),
    ...(sample?.copies ? { knownCopies: sample.copies } : {}),
  }
  let certificate: Certificate = await takeCertificate(deps, request, signal, memory)
  for (let look = 0; look < 2 && !certificate.complete; look++)
    certificate = await takeCertificate(deps, request, signal, memory)
  return certificate
}

test(
  'a certificate is complete as soon as a healthy link has copied everything, whenever it writes its position',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps(healthy), fc.boolean(), fc.boolean(), async (list, exactlyOnce, remembered) => {
        const log = new MirroredLog()
        log.exactlyOnce = exactlyOnce
        const deps = depsOf(log)
        play(log, healthy, list.slice(0, 7), new Set())
        const sample = remembered ? await sampled(log, deps) : null
        play(log, healthy, list.slice(7), new Set())
        log.decide(true)
        const isThere = log.missing(new Set()).length === 0
        const { complete } = await certified(deps, sample)
        if (complete || !log.copiesAgain) expect(complete).toBe(isThere)
        log.mirror(1_000)
        expect(await certified(deps, sample)).toMatchObject({ complete: true, totalLag: 0 })
      }),
      { numRuns: 150 },
    )
  },
  long,
)

test(
  'a certificate is never complete while a record that is there is missing from the copy, unless it says that nobody compared it',
  async () => {
    const both = { ...healthy, ...damage }
    let complete = 0
    let onPosition = 0
    await fc.assert(
      fc.asyncProperty(
        steps(both),
        steps(both),
        fc.boolean(),
        fc.boolean(),
        async (before, after, exactlyOnce, remembered) => {
          const log = new MirroredLog()
          log.exactlyOnce = exactlyOnce
          const deps = depsOf(log)
          const held = new Set<string>()
          play(log, both, before, held)
          const sample = remembered ? await sampled(log, deps) : null
          play(log, both, after, held)
          log.decide(true)
          const certificate = await certified(deps, sample)
          if (!certificate.complete) return
          const [found] = certificate.topics
          if (found?.rows[0]?.[8] === 'position') {
            // Believed only where the copy cannot tell, never where it cannot hold anything; and the text says so.
            expect(log.comparable).toBe(false)
            expect(log.copy.end === 0 ? log.missing(held) : []).toEqual([])
            if (found.rows[0][6] !== 'empty') expect(basisText(certificate)).toContain("Connect's position alone")
            onPosition++
            return
          }
          complete++
          const open = (found?.notCompared ?? []).map(([, from, to]) => [from, to] as const)
          const unsaid = log
            .missing(held)
            .filter(({ offset }) => !open.some(([from, to]) => from <= offset && offset < to))
          expect(unsaid).toEqual([])
        },
      ),
      { numRuns: 400 },
    )
    expect(complete).toBeGreaterThan(20)
    expect(onPosition).toBeGreaterThan(0)
  },
  long,
)

test(
  'behind a fence an end may move by markers alone: every record that comes later, also one that was taken back, breaks the certificate',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        steps(healthy),
        fc.array(fc.constantFrom('marker', 'record', 'aborted'), { maxLength: 3 }),
        async (list, later) => {
          const log = new MirroredLog()
          const deps = depsOf(log)
          play(log, healthy, list, new Set())
          log.decide(true)
          const fencedEnds = await deps.ports.cluster('A').ends([topic])
          for (const what of later) {
            if (what === 'record') log.produce(1)
            if (what === 'aborted') log.begin(1)
            if (what === 'marker') log.endEmpty()
            log.decide(false)
          }
          log.mirror(1_000)
          const { complete, totalLag } = await certified(deps, null, fencedEnds)
          expect({ complete, totalLag }).toEqual({ complete: later.every((what) => what === 'marker'), totalLag: 0 })
        },
      ),
      { numRuns: 150 },
    )
  },
  long,
)

test(
  'a certificate is never complete while a record that a group has still to read was removed from the copy, and is as soon as it has read it',
  async () => {
    const removing = Object.fromEntries(
      ['retention on the source', 'retention on the copy', 'compaction of the copy', 'time stamps of the copy'].flatMap(
        (name) => Object.entries(damage).filter(([other]) => other === name),
      ),
    )
    const readers = [{ group: 'billing', topics: [topic] }]
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        steps(healthy),
        steps(removing),
        fc.nat(20),
        fc.nat(20),
        async (list, later, trim, committed) => {
          const log = new MirroredLog()
          play(log, healthy, list, new Set())
          log.decide(true)
          log.mirror(1_000)
          log.flush()
          log.copy.removeBefore(Math.min(log.copy.end, trim))
          play(log, removing, later.slice(0, 2), new Set())
          const found = await certified(depsOf(log, committed), null, null, readers)
          const unread = log.missing(new Set()).filter(({ offset }) => offset >= committed)
          if (found.complete && log.copy.start > 0 && !log.copy.restamped) expect(unread).toEqual([])
          // Of a group that has read everything nothing is asked.
          const atEnd = await certified(depsOf(log, log.source.end), null, null, readers)
          expect(atEnd.complete).toBe((await certified(depsOf(log), null)).complete)
          if (found.complete || !atEnd.complete) return
          refused++
          expect(unread).not.toEqual([])
          expect(found.obstacles.join()).toMatch(/billing still has to read \d+ records? at offset/)
        },
      ),
      { numRuns: 300 },
    )
    expect(refused).toBeGreaterThan(10)
  },
  long,
)

test('where records are stamped anew the position alone counts, the row says so, and a flush is what is missing', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.copy.restamped = true
  log.produce(5)
  log.mirror(5)
  const waiting = await certified(deps, null)
  expect(waiting).toMatchObject({ complete: false, onPosition: 1 })
  log.flush()
  const found = await certified(deps, null)
  expect([found.complete, found.topics[0]?.rows[0]?.[8]]).toEqual([true, 'position'])
})

test('on a compacted copy a record is excused by a newer record of its key, not by an older one', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.produce(3)
  log.mirror(3)
  log.copy.compact()
  // Three keys in turn: r3 to r5 have those of r0 to r2, r6 has that of r0 and r3.
  log.produce(4)
  const skipped = log.source.end - 2
  log.move(skipped)
  log.mirror(1)
  log.flush()
  const found = await certified(deps, null)
  // r3 is excused by r6; of r4 and r5 the copy has an older record alone.
  expect(found.topics[0]?.rows[0]?.slice(6)).toEqual(['copy-has-gap', null, 'copy', [2, 4, 6]])
})

test('a copy that was compacted behind the link is complete, and holds of each key the newest', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.produce(9)
  log.mirror(9)
  log.copy.compact()
  expect(await certified(deps, null)).toMatchObject({ complete: true, totalLag: 0 })
})

test('a marker at the end that was seen to be none of the records may expire: nothing was lost', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.begin(2)
  log.decide(true)
  log.mirror(2)
  log.flush()
  log.source.removeBefore(log.source.end)
  const knownIds = [{ topic, topicId: log.source.id }]
  const rests: TopicRests[] = [{ topic, rows: [[0, 2, 3, 0]] }]
  const verdict = async (more: object) => {
    const { topics } = await takeCertificate(deps, { ...link, fencedEnds: null, ...more }, signal)
    return topics[0]?.rows[0]?.[6]
  }
  expect(await verdict({ knownIds, rests })).toBe('mirrored')
  expect(await verdict({ knownIds })).toBe('expired-unknown')
  // What held a record, what lies elsewhere, and what may be of another topic of the name excuses nothing.
  expect(await verdict({ knownIds, rests: [{ topic, rows: [[0, 2, 3, 1]] }] })).toBe('expired-unknown')
  expect(await verdict({ knownIds, rests: [{ topic, rows: [[1, 2, 3, 0]] }] })).toBe('expired-unknown')
  expect(await verdict({ rests })).toBe('expired-unknown')
})

test('what was compared before is the mark from which a certificate compares, and it says when that was', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.produce(12_000)
  log.mirror(12_000)
  const ids = `${log.source.id.slice(-6)}${log.copy.id.slice(-6)}`
  const since = new Date(Date.now() - 7_200_000).toISOString()
  const before: ComparedUpTo = { topic, partition: 0, ids, from: 10, to: 11_000, since, copyTo: 11_000 }
  const taken = (known: ComparedUpTo) =>
    takeCertificate(deps, { ...link, fencedEnds: null }, signal, newMemory(undefined, Promise.resolve([known])))
  const found = await taken(before)
  expect(found).toMatchObject({
    complete: true,
    topics: [{ notCompared: [[0, 0, 10]], comparedBefore: [[0, 10, 11_000, since]] }],
  })
  expect(basisText(found)).toMatch(/older records of 1 of them: compared up to 2 h.* ago, equal/)
  // Of another copy, or one that was cut off since, nothing is known.
  for (const other of [
    { ...before, ids: 'other' },
    { ...before, copyTo: 12_001 },
  ])
    expect((await taken(other)).topics).toMatchObject([{ notCompared: [[0, 0, 7_000]] }])
  // A record that is missing behind the mark is found as ever.
  log.copy.entries = log.copy.entries.filter(({ offset }) => offset !== 11_500)
  expect((await taken(before)).topics[0]?.rows[0]?.slice(6)).toEqual([
    'copy-has-gap',
    null,
    'copy',
    [1, 11_500, 11_501],
  ])
})

test('a copy that holds nothing any more is said to, although the position is at the end', async () => {
  const log = new MirroredLog()
  const deps = depsOf(log)
  log.produce(5)
  log.mirror(5)
  log.flush()
  log.copy.removeBefore(log.copy.end)
  const found = await certified(deps, await sampled(log, deps))
  expect(found.topics[0]?.rows[0]?.[8]).toBe('position')
  expect(basisText(found)).toContain('the copies of 1 of them hold nothing any more')
  const readers = [{ group: 'billing', topics: [topic] }]
  expect((await certified(depsOf(log, 5), null, null, readers)).complete).toBe(true)
  const behind = await certified(depsOf(log, 2), null, null, readers)
  expect(behind.complete).toBe(false)
  expect(worstFirst(behind, 5)).toContain(
    `billing still has to read 3 records at offsets 2 to 4 of ${topic} partition 0 on A, and the copy ${topic}.A does not hold them any more`,
  )
})

test('a copy that lost its oldest records is refused while a group has still to read one of them on the source', async () => {
  const log = new MirroredLog()
  log.produce(10)
  log.mirror(10)
  log.flush()
  log.copy.removeBefore(6)
  const readers = [{ group: 'billing', topics: [topic] }]
  const at = async (committed: number) => {
    const { complete, obstacles } = await certified(depsOf(log, committed), null, null, readers)
    return [complete, /\d+ records? at offsets? \d+( to \d+)?/.exec(obstacles.join())?.[0]]
  }
  expect(await at(2)).toEqual([false, '4 records at offsets 2 to 5'])
  expect(await at(5)).toEqual([false, '1 record at offset 5'])
  expect(await at(6)).toEqual([true, undefined])
  // Expired on the source as well: there is nothing that could be read.
  log.source.removeBefore(6)
  expect(await at(2)).toEqual([true, undefined])
})
