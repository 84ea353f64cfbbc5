import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import type { CompareAnswer, ComparedCopies, CompareScope } from '../../src/contract/compare.ts'
import type { WatchFinding, WatchMemory } from '../../src/contract/watch.ts'
import { comparedUpTo } from '../../src/domain/compare/compared-up-to.ts'
import { raised } from '../../src/domain/watch/hysteresis.ts'
import { createWaitActivities } from '../../src/activities/waits.ts'
import { configSchema } from '../../src/config/schema.ts'
import { loadConfig } from '../../src/config/load.ts'
import { activity, doors } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf, strangersOf } from './certificates-support.ts'
import { connect, untilState } from './mirroring-support.ts'

/** Copies that a real MirrorMaker 2 made, compared with their source. */

const healthy = 'compare.healthy'
const aborting = 'compare.aborting'
const jumped = 'compare.jumped'
const recreated = 'compare.recreated'
const compacted = 'compare.compacted'
const zipped = 'compare.zipped'
const expiring = 'compare.expiring'
const names = [healthy, aborting, jumped, recreated, compacted, zipped, expiring]
const lab = useLab({ topics: names.map((name) => ({ name, partitions: name === healthy ? 3 : 1 })) })
const connector = 'A-B-source'

let evidence: ReturnType<typeof evidenceOf>
let a: Awaited<ReturnType<typeof strangersOf>>
let b: Awaited<ReturnType<typeof strangersOf>>
let url: string

/** A pair without settlements, where a test has no Temporal. */
const noPair = {
  workflow: { getHandle: () => ({ query: async () => ({ settlements: [] }) }) },
  withDeadline: (_: number, ask: () => unknown) => ask(),
}

async function compared(topics: string[], scope: CompareScope = { kind: 'all' }): Promise<CompareAnswer> {
  const waits = doors(createWaitActivities({ ...evidence.deps, client: noPair as never }))
  return activity().run(waits.compareCopies, { ...evidence.link, topics, scope })
}

/** What is known of one topic: [result, partition 0 compared from, to]. */
async function result(topic: string, scope?: CompareScope) {
  const answer = await compared([topic], scope)
  const [from, to] = answer.topics[0]?.rows[0]?.slice(1, 3) ?? []
  return { result: answer.topics[0]?.result, from, to, differences: answer.differences }
}

const copyOf = (topic: string) => `${topic}.A`
const acknowledged = (topic: string, offset: number) => evidence.reached(topic, 0, offset)

async function moveTo(topic: string, offset: number | null): Promise<void> {
  await connect(url, 'PUT', `/connectors/${connector}/stop`)
  await untilState(url, connector, 'STOPPED', 0)
  await connect(url, 'PATCH', `/connectors/${connector}/offsets`, {
    offsets: [{ partition: { cluster: 'A', partition: 0, topic }, offset: offset === null ? null : { offset } }],
  })
}

async function resume(): Promise<void> {
  await connect(url, 'PUT', `/connectors/${connector}/resume`)
  await untilState(url, connector, 'RUNNING', 1)
}

beforeAll(async () => {
  evidence = evidenceOf(lab())
  ;[a, b] = await Promise.all([strangersOf(lab().a), strangersOf(lab().b)])
  url = lab().b.connect.url
  for (const topic of names) await a.produce(topic, 50)
  await a.produce(healthy, 500, { partition: 1 })
  await a.produce(healthy, 5, { partition: 2 })
  for (const topic of names) await acknowledged(topic, 49)
})

afterAll(async () => {
  await Promise.allSettled([a?.close(), b?.close()])
  await evidence?.close()
})

test('aborted records that a link copied, and the markers it did not, are no difference', async () => {
  for (const [round, end] of (['abort', 'commit', 'abort', 'commit'] as const).entries()) {
    const transaction = await a.transaction(`compare-${round}`)
    await transaction.send({
      topic: aborting,
      messages: [1, 2, 3].map((n) => ({ value: `${round}.${n}`, partition: 0 })),
    })
    await transaction[end]()
  }
  await a.produce(aborting, 5)
  // 50, six that were committed, and five: the last marker may come behind them.
  await until(async () => (await compared([aborting])).records === 61, {
    what: 'it is not copied',
    timeoutMs: PATIENCE_MS,
  })
  expect(await result(aborting)).toMatchObject({ result: 'same', from: 0, differences: [] })
})

test('a healthy link is the same to its beginning, also where it has copied records twice', async () => {
  expect(await result(healthy)).toEqual({ result: 'same', from: 0, to: 50, differences: [] })
  await moveTo(healthy, 19)
  await resume()
  await a.produce(healthy, 10)
  await acknowledged(healthy, 59)
  const copyEnd = (await b.admin.fetchTopicOffsets(copyOf(healthy))).find(({ partition }) => partition === 0)?.high
  // Markers of the link's own transactions come on top.
  expect(Number(copyEnd)).toBeGreaterThanOrEqual(90)
  const answer = await compared([healthy])
  expect(answer.topics[0]?.rows.map(([partition, from, to, , one]) => [partition, from, to, one])).toEqual([
    [0, 0, 60, 'same'],
    [1, 0, 500, 'same'],
    [2, 0, 5, 'same'],
  ])
  expect(answer.records).toBe(565)
  expect(await result(healthy, { kind: 'records', records: 20 })).toMatchObject({ result: 'same', from: 40, to: 60 })
})

test('compressed records are compared', async () => {
  await a.produceCompressed(zipped, 300, kafkajs.CompressionTypes.GZIP)
  await acknowledged(zipped, 349)
  expect(await result(zipped)).toMatchObject({ result: 'same', from: 0, to: 350 })
})

test('a compacted copy is not compared, and what retention took from a copy is no difference', async () => {
  // MirrorMaker hands the setting on to the copy.
  await a.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: compacted,
        configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
      },
    ],
  })
  await until(async () => (await result(compacted)).result === 'compacted', {
    what: 'it is compared',
    timeoutMs: PATIENCE_MS,
  })
  await b.deleteBefore(copyOf(expiring), 30)
  expect(await result(expiring)).toEqual({ result: 'same', from: 30, to: 50, differences: [] })
  await a.deleteBefore(expiring, 40)
  expect(await result(expiring)).toEqual({ result: 'same', from: 40, to: 50, differences: [] })
})

test('a position that was moved over records: they are named, found by the watch, and gone once mirrored again', async () => {
  await connect(url, 'PUT', `/connectors/${connector}/stop`)
  await untilState(url, connector, 'STOPPED', 0)
  await a.produce(jumped, 30)
  await moveTo(jumped, 69)
  await resume()
  await acknowledged(jumped, 79)
  const at = expect.any(Number)
  const difference = { topic: jumped, copy: copyOf(jumped), partition: 0, from: 50, to: 70, records: 20, at }
  expect(await result(jumped)).toEqual({ result: 'differs', from: 0, to: 80, differences: [difference] })
  const found = await watchUntil((finding) => finding !== undefined)
  expect(found?.severity).toBe('blocking')
  expect(found?.text).toContain(`20 records of A are missing from the copies on B`)
  expect(found?.text).toContain(`${jumped}-0 offsets 50 to 69 (20 records)`)
  expect(comparedUpTo(known).filter(({ topic }) => topic === jumped)).toMatchObject([
    { partition: 0, from: 70, to: 80 },
  ])
  await moveTo(jumped, 49)
  await resume()
  await until(async () => (await result(jumped)).result === 'same', {
    what: 'it still differs',
    timeoutMs: PATIENCE_MS,
  })
  await watchUntil((finding) => finding === undefined)
})

test('a copy that was deleted and is created again lacks what was mirrored before', async () => {
  await b.admin.deleteTopics({ topics: [copyOf(recreated)] })
  await until(async () => !(await b.admin.listTopics()).includes(copyOf(recreated)), {
    what: 'it is there',
    timeoutMs: PATIENCE_MS,
  })
  expect(await result(recreated)).toMatchObject({ result: 'absent', differences: [] })
  await b.createTopic({ topic: copyOf(recreated) })
  expect(await result(recreated)).toMatchObject({ result: 'empty', differences: [] })
  await a.produce(recreated, 7)
  await acknowledged(recreated, 56)
  const { result: found, differences } = await result(recreated)
  expect(found).toBe('differs')
  expect(differences).toMatchObject([{ from: 0, to: 50, records: 50 }])
})

let known: ComparedCopies = { topics: [], differences: [] }

/** Watches as the pair does, with a clock that is ahead, so that a known difference is checked again at once. */
async function watchUntil(enough: (finding: WatchFinding | undefined) => boolean): Promise<WatchFinding | undefined> {
  const config = configSchema.parse({ ...loadConfig(lab().configFile) })
  const pair = config.pairs[lab().pair]
  if (pair) pair.compare = { ...pair.compare, recordsPerSecond: 100_000 }
  let ahead = 0
  const deps = {
    ...evidence.deps,
    config: () => config,
    client: noPair as never,
    clock: { now: () => new Date(Date.now() + ahead) },
  }
  const waits = doors(createWaitActivities(deps))
  let memory: WatchMemory | null = null
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const looked: { memory: WatchMemory } = await activity().run(waits.watchLink, {
      ...evidence.link,
      topics: [healthy, jumped],
      groups: [],
      intervalMs: 250,
      maxMs: 4_000,
      lastReachable: { source: true, link: true },
      previous: null,
      memory,
      recent: [],
      windows: { stall: 60, growth: 300, retention: 3_600 },
      judge: true,
    })
    memory = looked.memory
    known = looked.memory.compared ?? known
    const finding = raised(looked.memory.findings).find(({ code }) => code === 'copy-differs')
    const checked = known.topics.some(([topic]) => topic === jumped)
    if (checked && enough(finding)) return finding
    if (Date.now() > end) throw new Error(JSON.stringify(memory))
    ahead += 61_000
  }
}
