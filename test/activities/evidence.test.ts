import { describe, expect, test } from 'vitest'
import { newMemory, takeCertificate } from '../../src/activities/evidence/certificate.ts'
import { endsSince } from '../../src/activities/evidence/markers-only.ts'
import { countReread } from '../../src/activities/evidence/count-reread.ts'
import { estimateLoss, exactLoss } from '../../src/activities/evidence/losses.ts'
import { planSelection } from '../../src/activities/reads/plan-selection.ts'
import { observeFence } from '../../src/activities/reads/fence.ts'
import { probeDisabled } from '../../src/activities/reads/link.ts'
import { observeApplications } from '../../src/activities/reads/applications.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { LagSample } from '../../src/contract/evidence.ts'
import { precondition, unreachable } from '../../src/ports/failures.ts'
import { failureOf, memoryApplication, memoryPorts } from './memory-ports.ts'
import { brokenSince, certifiedEnds } from '../../src/domain/certificate/recheck.ts'
import { packSample } from '../../src/domain/watch/packed-sample.ts'
import { anAcl } from '../domain/builders.ts'
import { activity, sampleConfig, scene, topic } from './scene.ts'

const signal = new AbortController().signal
const link = { pair: 'accounting', from: 'A', to: 'B' }
const naming = { kind: 'suffix' as const, separator: '.', aliases: ['A', 'B', 'C'] }

test("the link's position is read before the ends, so that a moving source never looks mirrored", async () => {
  const { deps, calls } = scene()
  const certificate = await takeCertificate(deps, { ...link, topics: [topic], fencedEnds: null }, signal)
  expect(certificate.complete).toBe(true)
  expect(calls.indexOf('A->B.mirroredTo')).toBeLessThan(calls.indexOf('A.ends'))
  expect(calls.indexOf('A->B.mirroredTo')).toBeGreaterThanOrEqual(0)
})

test('a rest of markers is read once and counts as mirrored; a rest of data does not', async () => {
  const { deps, a, ab, calls } = scene()
  ab.positions.set(topic, [
    [0, 97],
    [1, 49],
  ])
  a.data = (_topic, _partition, offset) => offset < 98
  const memory = newMemory()
  const request = { ...link, topics: [topic], fencedEnds: null }
  expect((await takeCertificate(deps, request, signal, memory)).complete).toBe(true)
  expect((await takeCertificate(deps, request, signal, memory)).complete).toBe(true)
  expect(calls.filter((call) => call === 'A.scan')).toHaveLength(1)
  a.data = () => true
  const behind = await takeCertificate(deps, request, signal)
  expect(behind).toMatchObject({ complete: false, totalLag: 2 })
})

test('a long backlog is not read by us: the link reads it', async () => {
  const { deps, a, calls } = scene()
  a.withTopic(topic, [
    [0, 0, 90_000, 90_000],
    [1, 0, 50, 50],
  ])
  const certificate = await takeCertificate(deps, { ...link, topics: [topic], fencedEnds: null }, signal)
  expect(certificate.totalLag).toBe(89_900)
  expect(calls).not.toContain('A.scan')
})

test('ends beyond the fence leave the certificate incomplete', async () => {
  const { deps, a } = scene()
  const fencedEnds = await a.ends([topic])
  a.withTopic(topic, [
    [0, 0, 101, 101],
    [1, 0, 50, 50],
  ])
  const certificate = await takeCertificate(deps, { ...link, topics: [topic], fencedEnds }, signal)
  expect(certificate.complete).toBe(false)
  expect(certificate.obstacles.join()).toContain('from 100 to 101')
})

test('an end that moved after the fence by markers of transactions alone is no write; by a record, or an aborted one, it is', async () => {
  const { deps, a, ab, calls } = scene()
  const fencedEnds = await a.ends([topic])
  ab.positions.set(topic, [
    [0, 99],
    [1, 49],
  ])
  a.withTopic(topic, [
    [0, 0, 101, 101],
    [1, 0, 50, 50],
  ])
  a.data = (_topic, _partition, offset) => offset < 100
  const memory = newMemory()
  const request = { ...link, topics: [topic], fencedEnds }
  const certificate = await takeCertificate(deps, request, signal, memory)
  expect(certificate).toMatchObject({ complete: true, obstacles: [], totalLag: 0 })
  expect(certificate.topics[0]?.rows[0]?.slice(0, 7)).toEqual([0, 0, 101, 101, 99, 0, 'markers-only'])
  const scans = calls.filter((call) => call === 'A.scan').length
  expect((await takeCertificate(deps, request, signal, memory)).complete).toBe(true)
  expect(calls.filter((call) => call === 'A.scan')).toHaveLength(scans)

  // As start-producers looks at it again, when another one has come.
  const positions = [...ab.positions].map(([name, offsets]) => ({ topic: name, offsets }))
  const again = async () =>
    brokenSince(certificate, await endsSince(a, [topic], certifiedEnds(certificate), signal), positions)
  a.withTopic(topic, [
    [0, 0, 102, 102],
    [1, 0, 50, 50],
  ])
  expect(await again()).toEqual([])
  expect(brokenSince(certificate, await endsSince(a, [topic], [], signal), positions)).not.toEqual([])
  // Somebody whose records were taken back has written all the same.
  a.scan = async () => ({ records: 0, controlMarkers: 1, bytes: 0, complete: true })
  a.withTopic(topic, [
    [0, 0, 104, 104],
    [1, 0, 50, 50],
  ])
  expect(await again()).toEqual([`${topic}-0 moved from 101 to 104`])
  a.scan = async () => ({ records: 1, controlMarkers: 0, bytes: 1, complete: true })
  a.withTopic(topic, [
    [0, 0, 101, 101],
    [1, 0, 51, 51],
  ])
  expect(await again()).toEqual([`${topic}-1 moved from 50 to 51`])
})

test('stranded records are counted on the old side, and nothing is stranded where everything was mirrored', async () => {
  const { deps, ab, a } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  a.data = (_topic, _partition, offset) => offset !== 99
  const ledger = await activity().run(() => exactLoss(deps, { ...link, topics: [topic] }, signal))
  expect(ledger).toMatchObject({ kind: 'exact', records: 9 })
  expect(ledger.topics).toMatchObject([{ topic, rows: [[0, 90, 100, 9, 90, null, null]] }])
})

test('what there was no time to read stays in the ledger as an unknown number', async () => {
  const { deps, ab } = scene()
  ab.positions.set(topic, [
    [0, 89],
    [1, 49],
  ])
  const ledger = await activity({ startToCloseTimeoutMs: 1 }).run(() =>
    exactLoss(deps, { ...link, topics: [topic] }, signal),
  )
  expect(ledger.topics).toMatchObject([{ topic, rows: [[0, 90, 100, null]] }])
})

/** The scene with a group that had read 80 of 100 records on A and was placed at 61 of 101 in the copy, the last a marker. */
function counting(change: (on: ReturnType<typeof scene>) => void = () => undefined) {
  const on = scene()
  on.a.committed = [{ group: 'billing', topics: [{ topic, offsets: [[0, 80]] }] }]
  on.b.data = (name, _partition, offset) => name === `${topic}.A` && offset < 100
  change(on)
  const rows: [number, number, number][] = [[0, 61, 101]]
  const input = {
    from: 'A',
    to: 'B',
    naming,
    groups: [{ group: 'billing', topics: [{ topic, rows }] }],
    mirroredTo: [{ topic, offsets: [[0, 99]] as [number, number][] }],
  }
  return activity().run(() => countReread(on.deps, input, signal))
}

test('what a group was to read in a copy, and had not read on the side it left, is counted in records', async () => {
  expect(await counting()).toEqual([{ group: 'billing', places: [[39, 20]] }])
  const behind = { group: 'billing', topics: [{ topic, offsets: [[0, 100]] as [number, number][] }] }
  expect(await counting(({ a }) => (a.committed = [behind]))).toEqual([{ group: 'billing', places: [[39, 0]] }])
})

test.each<[string, (on: ReturnType<typeof scene>) => void, [number | null, number | null]]>([
  ['its commits have expired', ({ a }) => (a.committed = []), [null, null]],
  ['records expired on the side it left', ({ a }) => a.withTopic(topic, [[0, 81, 100, 100]]), [39, null]],
  ['records expired from the copy', ({ b }) => b.withTopic(`${topic}.A`, [[0, 70, 101, 101]]), [null, 20]],
  ['the topic is compacted', ({ a }) => a.compactedTopics.add(topic), [39, null]],
  ['the copy is gone', ({ b }) => b.topics.delete(`${topic}.A`), [null, 20]],
])('what a group read twice is not made up when %s', async (_what, spoil, places) => {
  expect(await counting(spoil)).toEqual([{ group: 'billing', places: [places] }])
})

test('an estimate is as old as the last contact with the source, and falls back on the sample only after some tries', async () => {
  const { deps, ab } = scene()
  const sample: LagSample = {
    at: new Date().toISOString(),
    sourceSeenAt: new Date(Date.now() - 3_600_000).toISOString(),
    sourceReachable: false,
    linkReachable: true,
    totalLag: null,
    ends: [{ topic, partitions: [[0, 0, 110, 110]] }],
    mirroredTo: [{ topic, offsets: [[0, 95]] }],
    groups: [],
  }
  const input = { ...link, topics: [topic], sample: packSample(sample) }
  const fresh = await activity().run(() => estimateLoss(deps, input, signal))
  expect(fresh.records).toBe(10)
  expect(fresh.sampleAgeSeconds).toBeGreaterThan(3_500)
  ab.dark = true
  expect(await failureOf(activity().run(() => estimateLoss(deps, input, signal)))).toMatchObject({
    type: errorTypes.unreachable,
  })
  const late = await activity({ attempt: 3 }).run(() => estimateLoss(deps, input, signal))
  expect(late.records).toBe(14)
})

test('an estimate tells how far back the records reach, by the last one that came over; or leaves it open', async () => {
  const { deps, b } = scene()
  const sample: LagSample = {
    ...darkSample,
    at: '2026-01-01T00:00:10.000Z',
    mirroredTo: [{ topic, offsets: [[0, 95]] }],
  }
  const input = { ...link, topics: [topic], sample: packSample(sample) }
  b.lastRecord = async () => ({ offset: 1, timestamp: Date.parse('2026-01-01T00:00:07.500Z'), digest: 'x' })
  const told = await activity().run(() => estimateLoss(deps, input, signal))
  expect(told.topics[0]?.rows.map((row) => row.slice(3))).toContainEqual([10, 3])
  b.lastRecord = () => Promise.reject(unreachable('no answer'))
  const open = await activity().run(() => estimateLoss(deps, input, signal))
  expect(open.records).toBe(told.records)
  expect(open.topics[0]?.rows.map((row) => row.slice(3))).toContainEqual([10, null])
})

test('an estimate does without a position that is refused for good', async () => {
  const { deps, ab } = scene()
  ab.mirroredTo = () => Promise.reject(precondition('connector A-B does not exist'))
  const sample = { ...darkSample, mirroredTo: [{ topic, offsets: [[0, 95] as [number, number]] }] }
  const input = { ...link, topics: [topic], sample: packSample(sample) }
  expect(await activity().run(() => estimateLoss(deps, input, signal))).toMatchObject({ records: 14 })
  const blind = activity().run(() => estimateLoss(deps, { ...input, sample: null }, signal))
  expect(await failureOf(blind)).toMatchObject({ type: errorTypes.precondition })
})

const darkSample: LagSample = {
  at: '2026-01-01T00:00:00.000Z',
  sourceReachable: false,
  linkReachable: true,
  totalLag: null,
  ends: [{ topic, partitions: [[0, 0, 110, 110]] }],
  mirroredTo: [],
  groups: [],
}

test('taking topics out needs no look at a source that may be dark', async () => {
  const { deps, a } = scene()
  a.dark = true
  expect(await planSelection(deps, { ...link, naming, remove: [topic] }, signal)).toEqual({
    before: 'accounting\\.invoices',
    after: '^$',
    refused: [],
  })
})

test('a pattern that would send a remote topic home is refused with the loop, unless the mirroring itself keeps it back', async () => {
  const { deps, ba } = scene()
  ba.description.selection = 'accounting\\..*'
  const back = { pair: 'accounting', from: 'B', to: 'A', naming, add: [topic] }
  expect((await planSelection(deps, back, signal)).refused).toEqual([])
  const rename = (addSuffix: string) => ({ type: 'rename' as const, rename: { addSuffix } })
  const renamed = { ...naming, copies: { A: rename('.a'), B: rename('.b') } }
  expect((await planSelection(deps, { ...back, naming: renamed }, signal)).refused).toEqual([
    `${topic}.A (A ${topic} -> B ${topic}.A -> A ${topic}.A.b)`,
  ])
})

test('a loop is judged by the links that will be on: not by the one that is disabled before', async () => {
  const { deps, ab } = scene()
  ab.description.selection = '.*'
  const rename = (addSuffix: string) => ({ type: 'rename' as const, rename: { addSuffix } })
  const renamed = { ...naming, copies: { A: rename('.a'), B: rename('.b') } }
  const back = { pair: 'accounting', from: 'B', to: 'A', naming: renamed, add: [topic] }
  expect((await planSelection(deps, back, signal)).refused).not.toEqual([])
  expect((await planSelection(deps, back, signal, [{ from: 'A', to: 'B' }])).refused).toEqual([])
})

test('a selection that is restored comes back as it was', async () => {
  const { deps, a } = scene()
  a.withTopic(`${topic}.B`, [[0, 0, 1, 1]])
  const restored = await planSelection(deps, { ...link, naming, restore: 'accounting\\..*' }, signal)
  expect(restored).toMatchObject({ after: 'accounting\\..*', refused: [] })
})

test('a link out of reach is no reason to think that it carries something round', async () => {
  const { deps, ba, ab } = scene()
  ab.dark = true
  ba.description.selection = 'accounting\\.invoices'
  const planned = await planSelection(deps, { pair: 'accounting', from: 'B', to: 'A', naming, add: [topic] }, signal)
  expect(planned.refused).toEqual([])
})

test('a probe without an answer says "not disabled"', async () => {
  const { deps, ab } = scene()
  ab.dark = true
  const probe = await probeDisabled(deps, link, signal)
  expect(probe).toMatchObject({ disabled: false })
  expect(probe.detail).toContain('does not answer')
})

test('an application whose probe fails is unknown, never stopped', async () => {
  const { deps } = scene()
  const broken = {
    ...memoryApplication('entry', { state: 'stopped' }),
    state: () => Promise.reject(unreachable('the probe of entry timed out')),
  }
  const ports = memoryPorts({ applications: [broken] })
  expect(await observeApplications({ ...deps, ports }, { pair: 'accounting', names: ['entry'] }, signal)).toEqual([
    { name: 'entry', adapter: 'command', state: 'unknown', detail: 'the probe of entry timed out' },
  ])
})

test('the fence names what is missing, and nothing where no authorizer could hold it', async () => {
  const { deps, a } = scene()
  const input = {
    link,
    cluster: 'A',
    principals: ['User:entry'],
    topics: [topic],
    operations: ['Write' as const],
  }
  const first = await observeFence(deps, input, signal)
  expect(first.missing).toEqual(first.wanted)
  await a.createAcls(first.missing)
  expect((await observeFence(deps, input, signal)).missing).toEqual([])
  a.entries = []
  a.authorizer = false
  expect(await observeFence(deps, input, signal)).toMatchObject({ authorizer: false, missing: [] })
})

test('an entry that only some brokers list is neither there nor missing', async () => {
  const { deps, a } = scene()
  const input = { link, cluster: 'A', principals: ['User:entry'], topics: [topic], operations: ['Write' as const] }
  const { wanted } = await observeFence(deps, input, signal)
  a.entries = wanted
  a.entriesOfAnother = []
  const seen = observeFence(deps, input, signal)
  await expect(seen).rejects.toMatchObject({ type: 'Unreachable' })
  await expect(seen).rejects.toThrow(/Brokers of A do not list the same ACLs.*deny Write of User:entry/)
})

test('a fence does not wait for a Connect cluster that is gone', async () => {
  const { deps, ab } = scene()
  ab.dark = true
  const input = { link, cluster: 'A', principals: ['User:entry'], topics: [topic], operations: ['Write' as const] }
  expect((await observeFence(deps, input, signal)).missing).toMatchObject([{ pattern: 'literal' }])
})

test('a link that copies ACLs gets a fence of prefixes, whichever link is named, unless one would hit a live topic', async () => {
  const { deps, a, b, ab } = scene()
  ab.description.copiesAcls = true
  const named = { pair: 'accounting', from: 'B', to: 'A' }
  const input = {
    link: named,
    cluster: 'A',
    principals: ['User:entry'],
    topics: [topic],
    operations: ['Write' as const],
  }
  expect((await observeFence(deps, input, signal)).wanted.map(({ pattern }) => pattern)).toEqual(['prefixed'])
  a.withTopic(`${topic}.late`, [[0, 0, 0, 0]])
  // Copied to the copy on B, a DENY of writes is nobody's harm.
  const literal = await observeFence(deps, input, signal)
  expect(literal.wanted.map(({ pattern }) => pattern)).toEqual(['literal'])
  expect(literal.warnings).toEqual([])
  // Where it would be the copy's first ACL it would shut out the mirroring; and consumers have to read the copies.
  b.openWithoutAcl = true
  expect((await observeFence(deps, input, signal)).warnings.join()).toContain(`${topic}.late`)
  b.openWithoutAcl = false
  const reads = await observeFence(deps, { ...input, operations: ['Read'] }, signal)
  expect(reads.wanted.map(({ pattern }) => pattern)).toEqual(['prefixed'])
})

describe('a cluster on which everybody may use a topic without ACLs', () => {
  const input = {
    link,
    cluster: 'A',
    principals: ['User:entry'],
    topics: [topic],
    operations: ['Write' as const],
  }
  const everybody = { principal: 'User:*', operation: 'All', permission: 'allow', name: topic }

  test('its fence leaves everybody else admitted, and is whole again when an attempt was cut off in the middle', async () => {
    const { deps, a } = scene()
    a.openWithoutAcl = true
    const { wanted, missing, refused } = await observeFence(deps, input, signal)
    expect(refused).toBeUndefined()
    expect(wanted).toMatchObject([everybody, { principal: 'User:entry', operation: 'Write', permission: 'deny' }])
    expect(missing).toEqual(wanted)
    // Our own DENY does not make it a topic with ACLs.
    a.entries = wanted.slice(1)
    expect((await observeFence(deps, input, signal)).missing).toMatchObject([everybody])
  })

  test('a topic that has ACLs by some brokers only is neither opened to everybody nor given a first DENY', async () => {
    const { deps, a } = scene()
    a.openWithoutAcl = true
    a.entries = [anAcl({ name: topic, principal: 'User:mirror', permission: 'allow' })]
    a.entriesOfAnother = []
    const { refused, wanted } = await observeFence(deps, input, signal)
    expect(refused?.join()).toContain(`by some of them ${topic} has none`)
    expect(wanted.map(({ permission }) => permission)).toEqual(['deny'])
    // Where the authorizer admits nobody without an ACL, a DENY does no harm.
    a.openWithoutAcl = false
    expect((await observeFence(deps, input, signal)).refused).toBeUndefined()
  })

  test('a topic that has an ACL of its own gets nothing but the DENY', async () => {
    const { deps, a } = scene()
    a.openWithoutAcl = true
    a.entries = [anAcl({ name: 'accounting.', pattern: 'prefixed', principal: 'User:mirror', permission: 'allow' })]
    expect((await observeFence(deps, input, signal)).wanted.map(({ permission }) => permission)).toEqual(['deny'])
  })

  test('where the brokers hide the setting the applications are asked, and where nobody can be asked nothing is added', async () => {
    const config = sampleConfig((raw) => {
      const sasl = { mechanism: 'PLAIN', username: 'entry', password: { env: 'NONE' } }
      raw.clusters['A'] = { ...raw.clusters['A'], principals: { 'User:entry': sasl } }
    })
    const asked = scene(config)
    asked.a.openWithoutAcl = null
    expect((await observeFence(asked.deps, input, signal)).wanted).toHaveLength(2)
    asked.a.denied.set('User:entry Read', [topic])
    expect((await observeFence(asked.deps, input, signal)).wanted).toHaveLength(1)
    const silent = scene()
    silent.a.openWithoutAcl = null
    const { refused } = await observeFence(silent.deps, input, signal)
    expect(refused?.join()).toMatch(/has no ACL.*clusters\.A\.principals/)
  })

  test("a prefix that would open another's topic to everybody is refused, with what to do", async () => {
    const { deps, a, ab } = scene()
    ab.description.copiesAcls = true
    a.openWithoutAcl = true
    a.withTopic(`${topic}-secret`, [[0, 0, 0, 0]])
    a.entries = [anAcl({ name: `${topic}-secret`, principal: 'User:audit', permission: 'allow' })]
    expect((await observeFence(deps, input, signal)).refused?.join()).toMatch(
      new RegExp(`open ${topic}-secret to everybody.*sync\\.topic\\.acls\\.enabled=false`),
    )
    // Others that are open stay open, and one entry keeps them so.
    a.entries = []
    const { refused, wanted } = await observeFence(deps, input, signal)
    expect(refused).toBeUndefined()
    expect(wanted.map(({ pattern }) => pattern)).toEqual(['prefixed', 'prefixed'])
  })
})
