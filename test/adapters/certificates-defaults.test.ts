import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import { takeCertificate } from '../../src/activities/evidence/certificate.ts'
import { lookAtCopies } from '../../src/activities/evidence/copies.ts'
import type { RememberedCopy } from '../../src/contract/evidence.ts'
import { basisText } from '../../src/domain/certificate/text.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { packSample } from '../../src/domain/watch/packed-sample.ts'
import { forcedLoss } from '../../src/domain/watch/forced-loss.ts'
import { lookAtChoices } from '../../src/activities/assess/look-at-choices.ts'
import { lookAtSide } from '../../src/activities/assess/look-at-side.ts'
import { unlimited } from '../../src/activities/deps.ts'
import type { WatchMemory } from '../../src/contract/watch.ts'
import { activity } from '../activities/scene.ts'
import { aDossier, aMove, aPlan } from '../domain/builders.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { basisOf, evidenceOf, strangersOf, verdictOf } from './certificates-support.ts'
import { connect, untilState } from './mirroring-support.ts'

/** The certificate on an ordinary Connect: it writes positions every 60 s, and is no exactly-once worker. */

const names = ['unflushed', 'emptied', 'arrives', 'recreated', 'filled', 'skipped', 'restamped', 'chosen', 'set']
const topic = (name: string) => `cert.${name}`
const lab = useLab({ ground: 'defaults', topics: names.map((name) => ({ name: topic(name), partitions: 1 })) })
const connector = 'A-B-source'

let evidence: ReturnType<typeof evidenceOf>
let onA: Awaited<ReturnType<typeof strangersOf>>
let onB: Awaited<ReturnType<typeof strangersOf>>

beforeAll(async () => {
  evidence = evidenceOf(lab())
  onA = await strangersOf(lab().a)
  onB = await strangersOf(lab().b)
  await untilState(lab().b.connect.url, connector, 'RUNNING')
})

afterAll(async () => {
  await Promise.allSettled([onA?.close(), onB?.close(), evidence?.close()])
})

const copyOf = (name: string) => `A.${topic(name)}`
const endOfCopy = async (name: string) =>
  (await evidence.deps.ports.cluster('B').ends([copyOf(name)]))[0]?.partitions[0]?.[2] ?? 0
const arrived = (name: string, end: number) =>
  until(async () => (await endOfCopy(name)) >= end, {
    what: `${name} does not arrive`,
    timeoutMs: PATIENCE_MS,
    pollMs: 20,
  })

/** As `confirm-mirrored` waits. */
const waited = (
  name: string,
  more: { knownCopies?: RememberedCopy[]; endOnPosition?: boolean; endOnRefusal?: boolean } = {},
) =>
  activity().run(evidence.waits.awaitMirrored, {
    ...evidence.link,
    topics: [topic(name)],
    fencedEnds: null,
    ...more,
    pollMs: 200,
    stallMs: PATIENCE_MS,
    maxMs: PATIENCE_MS,
  })

/** As the pair remembers them. */
async function remembered(name: string): Promise<RememberedCopy[]> {
  const [copy] = await lookAtCopies(evidence.deps, { ...evidence.link, topics: [topic(name)] })
  if (!copy?.copyId) throw new Error(`${name} has no copy`)
  const rows = copy.rows.map(([partition, , end, , reached]): [number, number, number] => [partition, end, reached])
  return [{ topic: topic(name), copyId: copy.copyId, rows }]
}

const taken = async (name: string, knownCopies?: RememberedCopy[]) =>
  activity().run(evidence.reads.takeCertificate, {
    ...evidence.link,
    topics: [topic(name)],
    fencedEnds: null,
    ...(knownCopies ? { knownCopies } : {}),
  })

/** Milliseconds that a certificate takes now: what of a time is the machine's and not ours. */
async function longestLook(name: string): Promise<number> {
  let longest = 0
  for (let look = 0; look < 3; look++) {
    const began = performance.now()
    await taken(name)
    longest = Math.max(longest, performance.now() - began)
  }
  return longest
}

test('a certificate is complete within 2 s of the last record in the copy, whenever Connect writes its position', async () => {
  await onA.produce(topic('arrives'), 100)
  await arrived('arrives', 100)
  await onA.produce(topic('arrives'), 100)
  const waiting = waited('arrives').then((found) => ({ ...found, at: performance.now() }))
  await arrived('arrives', 200)
  const at = performance.now()
  const { verdict, certificate, at: done } = await waiting
  expect([verdict, basisOf(certificate, topic('arrives'))]).toEqual(['complete', 'copy'])
  // On a machine where one look takes as long as that, it takes some looks.
  expect(done - at).toBeLessThan(Math.max(2_000, 20 * (await longestLook('arrives'))))
})

test('a copy that was deleted, and one that was created again, are refused', async () => {
  const name = 'recreated'
  await onA.produce(topic(name), 50)
  await arrived(name, 50)
  await evidence.position.flush?.()
  const known = await remembered(name)
  await until(async () => (await taken(name)).complete, { what: 'no certificate', timeoutMs: PATIENCE_MS })
  await onB.admin.deleteTopics({ topics: [copyOf(name)] })
  await until(async () => (await endOfCopy(name)) === 0, { what: 'the copy stays', timeoutMs: PATIENCE_MS })
  expect(verdictOf(await taken(name, known), topic(name))).toBe('copy-missing')
  await onB.createTopic({ topic: copyOf(name) })
  expect(verdictOf(await taken(name), topic(name))).toBe('copy-missing')
  await onA.produce(topic(name), 5)
  await arrived(name, 5)
  expect(verdictOf(await taken(name, known), topic(name))).toBe('copy-replaced')
  // Without a memory of it as well: 5 records where there are 55.
  expect(verdictOf(await taken(name), topic(name))).toBe('copy-has-gap')
})

test('a copy that was created again and filled by somebody else is refused, although it ends where the old one did', async () => {
  const name = 'filled'
  await onA.produce(topic(name), 50)
  await arrived(name, 50)
  await evidence.position.flush?.()
  const known = await remembered(name)
  await until(async () => (await taken(name)).complete, { what: 'no certificate', timeoutMs: PATIENCE_MS })
  await onB.admin.deleteTopics({ topics: [copyOf(name)] })
  await until(async () => (await endOfCopy(name)) === 0, { what: 'the copy stays', timeoutMs: PATIENCE_MS })
  await onB.createTopic({ topic: copyOf(name) })
  await onB.produce(copyOf(name), 50)
  await arrived(name, 50)
  expect(verdictOf(await taken(name, known), topic(name))).toBe('copy-replaced')
  // Without a memory of it as well: none of its records is one of the source.
  const found = await taken(name)
  expect([verdictOf(found, topic(name)), found.totalLag]).toEqual(['copy-has-gap', 50])
  // Nobody waits for it.
  const allowed = Math.max(8_000, 40 * (await longestLook(name)))
  const began = performance.now()
  expect((await waited(name, { knownCopies: known, endOnRefusal: true })).verdict).toBe('refused')
  expect(performance.now() - began).toBeLessThan(allowed)
})

test('records that a position was moved over are named, although later ones are in the copy', async () => {
  const name = 'skipped'
  const url = lab().b.connect.url
  await onA.produce(topic(name), 10)
  await arrived(name, 10)
  const known = await remembered(name)
  await connect(url, 'PUT', `/connectors/${connector}/stop`)
  await untilState(url, connector, 'STOPPED', 0)
  await onA.produce(topic(name), 20)
  await evidence.position.setPosition([{ topic: topic(name), offsets: [[0, 24]] }])
  await connect(url, 'PUT', `/connectors/${connector}/resume`)
  await untilState(url, connector, 'RUNNING')
  await arrived(name, 15)
  for (const memory of [known, undefined]) {
    const found = await taken(name, memory)
    expect([found.complete, verdictOf(found, topic(name)), found.totalLag]).toEqual([false, 'copy-has-gap', 15])
  }
})

test('a copy that stamps its records anew is proven by the position alone, which is written when the link is told to', async () => {
  const name = 'restamped'
  await onA.produce(topic(name), 1)
  await arrived(name, 1)
  await onB.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: copyOf(name),
        configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
      },
    ],
  })
  await onA.produce(topic(name), 5)
  await arrived(name, 6)
  expect((await waited(name, { endOnPosition: true })).verdict).toBe('position')
  expect(await evidence.position.flush?.()).toBe(true)
  const { verdict, certificate } = await waited(name)
  expect([verdict, basisOf(certificate, topic(name))]).toEqual(['complete', 'position'])
})

/** A task goes on with what it has fetched for a while after its connector is PAUSED. */
async function tasksArePaused(url: string): Promise<boolean> {
  const status = await fetch(`${url}/connectors/${connector}/status`)
  const { tasks } = (await status.json()) as { tasks: { state: string }[] }
  return tasks.length > 0 && tasks.every(({ state }) => state === 'PAUSED')
}

test('what would be lost is told by the copy, with its age, long before Connect writes its position', async () => {
  const name = 'unflushed'
  const url = lab().b.connect.url
  await onA.produce(topic(name), 100)
  await arrived(name, 100)
  const lossNow = async () => {
    const sample = await evidence.watch([topic(name)], null, true)
    const at = new Date().toISOString()
    const fresh = newDossier({ pair: lab().pair, primary: 'A', secondary: 'B', at })
    const loss = forcedLoss({ ...fresh, lastSample: packSample(sample) }, null, at)
    return { loss, position: sample.mirroredTo[0]?.offsets[0]?.[1] ?? -1, seenAt: sample.at }
  }
  const mirrored = await lossNow()
  expect(mirrored.loss).toMatchObject({ records: 0, asOf: mirrored.seenAt })
  // Nothing more comes over, and nobody writes a position.
  await connect(url, 'PUT', `/connectors/${connector}/pause`)
  await until(() => tasksArePaused(url), { what: 'a task that is not paused', timeoutMs: PATIENCE_MS })
  await onA.produce(topic(name), 30)
  const { loss, position } = await lossNow()
  expect(loss.records).toBe(30)
  expect(loss.uncertaintySeconds).toBeGreaterThanOrEqual(0)
  // Where the position says more is missing it is the copy that is right.
  expect(129 - position).toBeGreaterThanOrEqual(30)
  await connect(url, 'PUT', `/connectors/${connector}/resume`)
  await untilState(url, connector, 'RUNNING')
  await arrived(name, 130)
})

test('records that were removed from a copy hold a certificate back as long as a group has still to read them on the source', async () => {
  const name = 'emptied'
  const readers = [{ group: 'billing', topics: [topic(name)] }]
  const readTo = (offset: number) =>
    onA.admin.setOffsets({
      groupId: 'billing',
      topic: topic(name),
      partitions: [{ partition: 0, offset: `${offset}` }],
    })
  const found = () =>
    takeCertificate(
      evidence.deps,
      { ...evidence.link, topics: [topic(name)], fencedEnds: null, readers },
      new AbortController().signal,
    )
  await onA.produce(topic(name), 10)
  await arrived(name, 10)
  await evidence.position.flush?.()
  await readTo(4)
  await until(async () => (await found()).complete, { what: 'no certificate', timeoutMs: PATIENCE_MS })
  await onB.deleteBefore(copyOf(name), 6)
  const trimmed = await found()
  expect([trimmed.complete, trimmed.totalLag]).toEqual([false, 0])
  expect(trimmed.obstacles.join()).toContain(
    `billing still has to read 2 records at offsets 4 to 5 of ${topic(name)} partition 0 on A`,
  )
  await readTo(6)
  expect((await found()).complete).toBe(true)
  // All of it, as a shorter retention does; the position stays at the end.
  await onB.deleteBefore(copyOf(name), 10)
  expect((await found()).obstacles.join()).toContain('4 records at offsets 6 to 9')
  await readTo(10)
  const certificate = await found()
  expect([certificate.complete, basisOf(certificate, topic(name))]).toEqual([true, 'position'])
  expect(basisText(certificate)).toContain('hold nothing any more')
})

test('before a move: records on the target already, a group without a commit, and positions that are not translated', async () => {
  const name = 'chosen'
  const { deps } = evidence
  await onA.produce(topic(name), 12)
  await arrived(name, 12)
  // Somebody writes on the target: client-side failover, a colleague.
  await onB.produce(topic(name), 7)
  const application = { name: 'billing', kind: 'consumer' as const, group: 'billing', topics: [topic(name)] }
  const plan = aPlan({
    pair: lab().pair,
    naming: { kind: 'prefix', separator: '.', aliases: ['A', 'B'] },
    topics: [topic(name)],
    applications: [application],
  })
  const dossier = aDossier({ pair: lab().pair })
  const looked = async () => {
    const signal = unlimited(new AbortController().signal)
    const [source, target] = await Promise.all([
      lookAtSide(deps, plan, 'A', signal),
      lookAtSide(deps, plan, 'B', signal),
    ])
    expect([source.problem, target.problem]).toEqual([null, null])
    return lookAtChoices(deps, plan, dossier, { source, target }, signal)
  }
  const seen = (records: number) => [
    { topic: topic(name), topicId: expect.any(String), rows: [[0, 0, records, records]] },
  ]
  const { choices } = await looked()
  expect(choices).toEqual([
    { about: 'early', topics: seen(7) },
    { about: 'uncommitted', group: 'billing', topics: seen(12) },
  ])

  // A drain would wait for the whole of it, unless it was chosen to count as read.
  const drained = (from?: [number, number][]) =>
    activity().run(evidence.waits.awaitDrained, {
      cluster: 'A',
      groups: [
        { group: 'billing', topics: [topic(name)], ...(from ? { from: [{ topic: topic(name), offsets: from }] } : {}) },
      ],
      pollMs: 100,
      maxMs: 0,
    })
  expect(await drained()).toMatchObject({ drained: false, remaining: [{ committed: 0, end: 12 }] })
  expect(await drained([[0, 12]])).toMatchObject({ drained: true, drainedGroups: ['billing'] })

  // An offset that a person sets is a commit, and the group has nobody that reads on.
  await onA.admin.setOffsets({ groupId: 'billing', topic: topic(name), partitions: [{ partition: 0, offset: '9' }] })
  const set = await looked()
  expect(set.choices.map(({ about }) => about)).toEqual(['early'])
  expect(set.idle).toEqual([{ group: 'billing', topics: [{ ...seen(0)[0], rows: [[0, 9, 12, 3]] }] }])

  // MirrorMaker's default translates nothing: a forced move would read the copy from its start.
  let watched: Awaited<ReturnType<typeof evidence.waits.watchLink>> | null = null
  await until(
    async () => {
      const before = watched?.sample ?? null
      watched = await activity().run(evidence.waits.watchLink, {
        ...evidence.link,
        topics: [topic(name)],
        groups: ['billing'],
        intervalMs: 250,
        maxMs: 2_000,
        lastReachable: before && { source: before.sourceReachable, link: before.linkReachable },
        previous: before,
        memory: watched?.memory ?? null,
        recent: [],
        windows: { stall: 60, growth: 300, retention: 3_600 },
        judge: true,
      })
      return watched.memory.findings.some(({ code, raisedAt }) => code === 'groups-untranslated' && raisedAt !== null)
    },
    { what: 'groups-untranslated is not found', timeoutMs: PATIENCE_MS, pollMs: 20 },
  )
  const memory = (watched as { memory: WatchMemory } | null)?.memory
  expect(memory?.reread).toEqual([{ group: 'billing', records: 12, untranslated: 12 }])
  expect(memory?.findings.find(({ code }) => code === 'groups-untranslated')?.text).toContain(
    'sync.group.offsets.enabled is not true',
  )
})

test('the offset that a question advises to set is taken when a person sets it, although an earlier snapshot knows a lower one', async () => {
  const name = 'set'
  const group = 'billing'
  const commit = (offset: number) =>
    onA.admin.setOffsets({ groupId: group, topic: topic(name), partitions: [{ partition: 0, offset: `${offset}` }] })
  await onA.produce(topic(name), 30)
  await commit(10)
  const before = await activity().run(evidence.reads.snapshotGroups, {
    cluster: 'A',
    groups: [group],
    topics: [topic(name)],
  })
  // The pair returns to A, where its records begin at the cut, and what the group has still to read is gone in part.
  await onA.deleteBefore(topic(name), 20)
  const plan = aPlan({
    operation: 'failback',
    pair: lab().pair,
    source: 'B',
    target: 'A',
    naming: { kind: 'prefix', separator: '.', aliases: ['A', 'B'] },
    topics: [topic(name)],
    groups: [group],
    applications: [{ name: 'billing', kind: 'consumer', group, topics: [topic(name)] }],
  })
  const [at, episode] = [new Date().toISOString(), 1]
  const dossier = aDossier({
    pair: lab().pair,
    moves: [aMove({ mode: 'forced', mirroredTo: [{ topic: topic(name), offsets: [[0, 9]] }] })],
    cuts: [{ cluster: 'A', episode, at, topics: [{ topic: topic(name), offsets: [[0, 30]] }] }],
    snapshots: [{ cluster: 'A', episode, at, groups: before }],
  })
  const placed = async () => {
    const { obstacles, groups } = await activity().run(evidence.reads.planOffsets, { plan, dossier, drainedGroups: [] })
    const row = groups[0]?.rows.find(([of]) => of === topic(name))
    return { obstacles, chosen: row?.[2] }
  }
  expect((await placed()).obstacles).toEqual([
    expect.stringContaining(
      `read to 10, but the topic starts at 20: up to 10 records the group has not read have expired`,
    ),
  ])
  await commit(20)
  expect(await placed()).toEqual({ obstacles: [], chosen: 20 })
  await commit(24)
  expect(await placed()).toEqual({ obstacles: [], chosen: 24 })
  // What the snapshot knows is not taken back by a lower one.
  await commit(5)
  expect((await placed()).obstacles).toHaveLength(1)
})
