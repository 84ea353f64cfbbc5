import { expect, test } from 'vitest'
import { assess } from '../../src/activities/assess/assess.ts'
import { arrivedSince } from '../../src/activities/evidence/arrived.ts'
import { foundAgain } from '../../src/activities/evidence/found-again.ts'
import { copiesNow } from '../../src/activities/evidence/missing-now.ts'
import { checkPositions } from '../../src/activities/reads/check-positions.ts'
import type { LagSample, MissingCopies, PartitionEnds } from '../../src/contract/evidence.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import type { Config } from '../../src/config/schema.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { packSample, unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { sampleOfLink } from '../../src/domain/watch/remembered-links.ts'
import { PairRecord } from '../../src/workflows/pair/pair-record.ts'
import { unreachable } from '../../src/ports/failures.ts'
import type { StoredRecord } from '../../src/ports/cluster.ts'
import { activity, doors, sampleConfig, type Scene, scene, stagedDossier, topic } from './scene.ts'

/** What the copies lack, by what the pair remembers and by what both sides show: the activities that ask. */

const signal = new AbortController().signal
const at = '2026-01-01T00:00:00.000Z'
const copy = `${topic}.A`
const link = { pair: 'accounting', from: 'A', to: 'B', topics: [topic], settlements: [], running: false }
const naming = { kind: 'suffix' as const, separator: '.', aliases: ['A', 'B', 'C'] }

const healthy: LagSample = {
  at,
  sourceReachable: true,
  linkReachable: true,
  totalLag: 0,
  ends: [
    {
      topic,
      partitions: [
        [0, 0, 100, 100],
        [1, 0, 50, 50],
      ],
    },
  ],
  mirroredTo: [
    {
      topic,
      offsets: [
        [0, 99],
        [1, 49],
      ],
    },
  ],
  topicIds: [{ topic, topicId: `id-A-${topic}` }],
  copies: [
    {
      topic,
      copyId: `id-B-${copy}`,
      rows: [
        [0, 101, 99],
        [1, 51, 49],
      ],
    },
  ],
  groups: [],
}

const rows = (zero: number, one: number): PartitionEnds[] => [
  [0, 0, zero, zero],
  [1, 0, one, one],
]
const shorter = (on: Scene) => on.a.withTopic(topic, rows(80, 50))
const recreated = (on: Scene) => on.b.withTopic(copy, rows(0, 0), 'another')
const check = (on: Scene, change = {}) =>
  checkPositions(on.deps, { ...link, sample: packSample(healthy), ...change }, signal)

const record = (offset: number, value = `${offset}`): StoredRecord => ({
  offset,
  timestamp: 1_000,
  key: null,
  value: Buffer.from(value),
  headers: [],
})

test('positions that fit change nothing, and nothing but looks is done to tell', async () => {
  const on = scene()
  expect(await check(on)).toEqual({ changes: [], text: '', todo: '', partitions: 0, offsets: 0 })
  expect(on.calls.filter((call) => /\.(set|enable|disable)/.test(call))).toEqual([])
})

test('a source that came back shorter is set back to its end, another topic is mirrored from its start, and so is a copy that is gone', async () => {
  const cut = scene()
  shorter(cut)
  expect(await check(cut)).toMatchObject({ changes: [{ topic, offsets: [[0, 79]] }], partitions: 1 })
  const grown = scene()
  grown.a.withTopic(topic, rows(85, 50))
  const before = { ...healthy, missing: [{ topic, topicId: `id-A-${topic}`, why: 'source-truncated', seenAt: at, rows: [[0, 80, 100]] }] satisfies MissingCopies[] } // prettier-ignore
  const found = await check(grown, { sample: packSample(before) })
  expect(found).toMatchObject({ changes: [{ topic, offsets: [[0, 79]] }], offsets: 5 })
  expect(found.text).toContain('it was truncated')
  const other = scene()
  other.a.withTopic(topic, rows(10, 5), 'another')
  expect((await check(other)).changes).toEqual([
    {
      topic,
      offsets: [
        [0, null],
        [1, null],
      ],
    },
  ])
  for (const spoil of [recreated, (on: Scene) => on.b.topics.delete(copy)]) {
    const on = scene()
    spoil(on)
    const { changes, offsets, partitions } = await check(on)
    expect([changes[0]?.offsets, offsets, partitions]).toEqual([[[0, null], [1, null]], 150, 2]) // prettier-ignore
  }
})

test('without a sample a position beyond the end is one of another log, as long as the link does not run', async () => {
  const on = scene()
  shorter(on)
  expect((await check(on, { sample: null })).changes).toMatchObject([{ offsets: [[0, 79]] }])
  expect((await check(on, { sample: null, running: true })).changes).toEqual([])
})

test('assess counts what the copies lack as loss, blocks a planned run with the way out, and lets a reset fix it', async () => {
  const on = scene()
  recreated(on)
  const dossier = { ...on.dossier, lastSample: packSample(healthy) }
  const planned = await assess(on.deps, { plan: on.plan(), dossier }, signal)
  expect(planned.findings.find(({ code }) => code === 'copy-changed')).toMatchObject({
    severity: 'blocking',
    text: expect.stringMatching(/created again.*offsets 0 to 99.*delete its position/),
  })
  expect(planned.expectations).toMatchObject({ lossRecords: 150, missing: 150 })
  const forced = await assess(on.deps, { plan: on.plan('failover', { mode: 'forced' }), dossier }, signal)
  expect(forced.findings.find(({ code }) => code === 'copy-changed')?.severity).not.toBe('blocking')
  expect(forced.expectations).toMatchObject({ lossRecords: 150, missing: 150 })
  // The link that a reset enables is B->A.
  const back = scene()
  back.ab.description.assigned = []
  back.ba.description = { ...back.ba.description, state: 'stopped' }
  back.b.withTopic(topic, rows(30, 0))
  back.a.withTopic(`${topic}.B`, rows(40, 0))
  back.ba.positions.set(topic, [[0, 39]])
  for (const [kept, severity] of [
    [{}, 'warning'],
    [{ positionsKept: true }, 'blocking'],
  ] as const) {
    const plan = back.plan('reset', kept)
    const { findings } = await assess(back.deps, { plan, dossier: stagedDossier(back.dossier, 'reset') }, signal)
    const found = findings.find(({ code }) => code === 'source-changed')
    expect(found?.severity).toBe(severity)
    expect(found?.text).toMatch(severity === 'warning' ? /This run sets these positions back/ : /support case/)
  }
})

test('copies of a source that does not answer are known by id and end; of a target that does not, nothing', async () => {
  const on = scene()
  on.a.dark = true
  expect(await copiesNow(on.deps, link, signal)).toEqual([
    {
      topic,
      copyId: `id-B-${copy}`,
      rows: [
        { partition: 0, end: 101 },
        { partition: 1, end: 51 },
      ],
    },
  ])
  on.b.dark = true
  expect(await copiesNow(on.deps, link, signal)).toBeNull()
})

/** The copy as it was seen at 4 records, of which the last is offset 3 of a source that ended at 10. */
function arriving(log: StoredRecord[], position: number) {
  const on = scene()
  on.b.withTopic(copy, [[0, 0, log.length, log.length]])
  on.b.logs.set(`${copy}/0`, log)
  const sample: LagSample = {
    ...healthy,
    ends: [{ topic, partitions: [[0, 0, 10, 10]] }],
    mirroredTo: [{ topic, offsets: [[0, position]] }],
    copies: [{ topic, copyId: `id-B-${copy}`, rows: [[0, 4, 3]] }],
  }
  const ask = (until = () => false) => arrivedSince(on.b, { sample, naming, from: 'A', topics: [topic] }, until, signal)
  return { on, ask }
}

const four = [0, 1, 2, 3].map((offset) => record(offset))

test('what came to a copy since it was seen makes the loss smaller, each record once', async () => {
  const { ask } = arriving([...four, record(4), record(5)], 3)
  expect(await ask()).toEqual([{ topic, offsets: [[0, 5]] }])
  // A link that started again copied 2 and 3 a second time.
  const again = arriving([...four, record(4, '2'), record(5, '3'), record(6, '4')], 1)
  expect(await again.ask()).toEqual([{ topic, offsets: [[0, 4]] }])
})

test('nothing is said to have arrived in another copy, one that cannot be read, or when there is no time', async () => {
  const log = [...four, record(4)]
  const other = arriving(log, 3)
  other.on.b.withTopic(copy, [[0, 0, 5, 5]], 'another')
  expect(await other.ask()).toEqual([])
  const unread = arriving(log, 3)
  unread.on.b.readRecords = () => Promise.reject(unreachable('no answer'))
  expect(await unread.ask()).toEqual([])
  expect(await arriving(log, 3).ask(() => true)).toEqual([])
  expect(await arriving(four, 3).ask()).toEqual([])
})

const lost: MissingCopies[] = [
  { topic, topicId: `id-A-${topic}`, why: 'copy-recreated', seenAt: at, rows: [[0, 0, 6]] },
]

/** Six records on the source, those of `held` in the copy. */
async function searched(held: number[], partitions: PartitionEnds[] = [[0, 0, 6, 6]]) {
  const on = scene()
  on.a.withTopic(topic, partitions)
  on.a.logs.set(
    `${topic}/0`,
    [0, 1, 2, 3, 4, 5].map((offset) => record(offset)),
  )
  on.b.withTopic(copy, [[0, 0, held.length, held.length]])
  on.b.logs.set(`${copy}/0`, held.map((value, offset) => record(offset, `${value}`))) // prettier-ignore
  on.b.digestRange = async () => ({ records: held.length, digest: held.join(), complete: true })
  const memory = new Map<string, number>()
  const ends = await on.a.ends([topic])
  const ask = () =>
    foundAgain({ source: on.a, target: on.b }, { missing: lost, ends, naming, from: 'A', settled: [] }, memory, signal)
  return { on, first: await ask(), ask }
}

test('records that are in the copy again are no longer missing; those that are not, stay, and nothing is read twice in vain', async () => {
  const whole = await searched([3, 4, 5, 0, 1, 2, 3, 4, 5])
  expect(whole.first).toEqual([{ topic, partition: 0, from: 0, to: 6, left: null }])
  const part = await searched([0, 1, 4, 5])
  expect(part.first).toEqual([{ topic, partition: 0, from: 0, to: 6, left: [2, 4] }])
  part.on.calls.length = 0
  expect(await part.ask()).toEqual([])
  expect(part.on.calls).not.toContain('A.readRecords')
  // Not there yet on the source: no copy can hold it.
  expect((await searched([0, 1, 2, 3, 4, 5], [[0, 0, 4, 4]])).first).toEqual([])
  const dark = await searched([])
  dark.on.b.dark = true
  expect(await dark.ask()).toEqual([])
})

test('positions and copies of a link that was left by force are remembered, and compared when it is to run again', async () => {
  const dossier = newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at })
  const pair = new PairRecord({ dossier, lease: null, epoch: 0, adopted: false, keys: [], events: [] })
  pair.sampled(packSample(healthy))
  pair.apply([{ type: 'active', active: 'B', standby: 'A' }])
  expect(pair.state.dossier.lastSample).toBeNull()
  // The other direction is sampled meanwhile: it has topics of the same names.
  pair.sampled(packSample({ ...healthy, topicIds: [], copies: [], mirroredTo: [] }))
  pair.apply([{ type: 'active', active: 'A', standby: 'B' }])
  const sample = sampleOfLink(pair.state.dossier, { from: 'A', to: 'B' })
  expect(sample && unpackSample(sample)).toMatchObject({
    copies: healthy.copies,
    mirroredTo: healthy.mirroredTo,
    ends: [],
  })
  expect((await check(scene(), { sample })).changes).toEqual([])
  // Created again, and filled with other records up to where the old one ended: only its id tells.
  const again = scene()
  again.b.withTopic(copy, rows(101, 51), 'another')
  again.b.digestRange = async () => ({ records: 101, digest: 'other', complete: true })
  expect((await check(again, { sample })).changes[0]?.offsets).toEqual([[0, null], [1, null]]) // prettier-ignore
  // Cut, and grown past the end that it had: the id is the same, and the position tells.
  const cut = scene()
  shorter(cut)
  expect((await check(cut, { sample })).changes[0]?.offsets).toEqual([[0, 79]])
  const longer = scene()
  longer.ab.positions.set(topic, [[0, 99]])
  longer.b.withTopic(copy, rows(90, 51))
  longer.b.copied = (_copy, partition) => (partition === 0 ? 89 : 49)
  expect((await check(longer, { sample })).changes[0]?.offsets).toEqual([[0, 89]])
})

/** The pair's links as Event Streams has them: positions are those of the copies. */
function byProvider(): Scene {
  const config = sampleConfig()
  const links = config.pairs['accounting']?.links.map(({ from, to }) => ({ backend: 'event-streams', from, to }))
  Object.assign(config.pairs['accounting'] ?? {}, { links: links as unknown as Config['pairs'][string]['links'] })
  return scene(config)
}

test('where a provider keeps the positions, a copy that is created again is found by its id until its records are there again', async () => {
  const on = byProvider()
  const { watchLink } = doors(createWaitActivities(on.deps))
  const watch = (previous: LagSample) =>
    activity().run(watchLink, {
      pair: 'accounting',
      from: 'A',
      to: 'B',
      topics: [topic],
      groups: [],
      intervalMs: 20,
      maxMs: 200,
      lastReachable: { source: true, link: true },
      memory: null,
      recent: [],
      judge: true,
      previous: packSample({ ...previous, at: new Date().toISOString() }),
      windows: { stall: 60, growth: 300, retention: 3_600 },
    })
  expect((await watch(healthy)).memory.findings).toEqual([])
  on.a.withTopic(topic, rows(103, 50))
  on.a.logs.set(
    `${topic}/0`,
    Array.from({ length: 103 }, (_, offset) => record(offset)),
  )
  on.a.logs.set(
    `${topic}/1`,
    Array.from({ length: 50 }, (_, offset) => record(offset)),
  )
  // Three records came since: by the copy's last one everything is mirrored.
  on.b.withTopic(copy, rows(3, 0), 'another')
  on.ab.positions.set(topic, [[0, 102]])
  const found = await watch(healthy)
  const sign = found.memory.findings.find(({ code }) => code === 'copy-changed')
  expect(sign?.text).toContain(`${topic}-0 offsets 0 to 99, ${topic}-1 offsets 0 to 49`)
  expect(sign?.todo).toContain('support case')
  expect(sign?.todo).not.toContain('PATCH')
  const plan = on.plan('failover', { mode: 'forced', positionsKept: true })
  const told = await assess(on.deps, { plan, dossier: { ...on.dossier, lastSample: found.sample } }, signal)
  expect(told.expectations).toMatchObject({ lossRecords: 150, missing: 150 })
  // The provider mirrors it again from the start.
  on.b.withTopic(copy, rows(106, 50), 'another')
  on.b.logs.set(`${copy}/0`, [100, 101, 102, ...Array(103).keys()].map((value, offset) => record(offset, `${value}`))) // prettier-ignore
  on.b.logs.set(
    `${copy}/1`,
    Array.from({ length: 50 }, (_, offset) => record(offset)),
  )
  const again = await watch(unpackSample(found.sample))
  expect(unpackSample(again.sample).missing).toBeUndefined()
})
