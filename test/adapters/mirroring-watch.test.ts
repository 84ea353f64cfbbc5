import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import { until } from '../../lab/process/wait.ts'
import type { WaitActivities } from '../../src/contract/activities.ts'
import type { LagSample } from '../../src/contract/evidence.ts'
import type { WatchCode, WatchFinding } from '../../src/contract/watch.ts'
import { ledgerOfCertificate } from '../../src/domain/losses/ledger.ts'
import { unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { escapeTopic, matchesSelection } from '../../src/domain/names/selection.ts'
import { raised } from '../../src/domain/watch/hysteresis.ts'
import { activity } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf, strangersOf } from './certificates-support.ts'
import { keeperOf } from './kept-support.ts'
import { changeConfig, connect, connectorConfig, plantedSecret, untilState } from './mirroring-support.ts'

/** The pair's watch on a real MirrorMaker 2: what it finds, and that it goes when the matter is gone. */

const orders = 'watch.orders'
const ledger = 'watch.ledger'
const growing = 'watch.growing'
const lab = useLab({ topics: [orders, ledger, growing].map((name) => ({ name, partitions: 1 })) })
const connector = 'A-B-source'

let evidence: ReturnType<typeof evidenceOf>
let strangers: Awaited<ReturnType<typeof strangersOf>>
let connectUrl: string

type Watched = Awaited<ReturnType<WaitActivities['watchLink']>>
let last: Watched | null = null

/** A stretch of watching, from where the last one ended, as the pair does it. */
async function stretch(maxMs: number, topics = [orders, ledger, growing]): Promise<Watched> {
  const before = last?.sample ?? null
  last = await activity().run(evidence.waits.watchLink, {
    ...evidence.link,
    topics,
    groups: ['billing'],
    intervalMs: 250,
    maxMs,
    lastReachable: before && { source: before.sourceReachable, link: before.linkReachable },
    previous: before,
    memory: last?.memory ?? null,
    recent: [],
    windows: { stall: 2, growth: 300, retention: 3_600 },
    judge: true,
  })
  return last
}

function sampled(): LagSample {
  if (last === null) throw new Error('nothing was watched yet')
  return unpackSample(last.sample)
}

/** Watches until the finding is raised, or gone. */
async function watchUntil(code: WatchCode, there: boolean): Promise<WatchFinding | undefined> {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const found = raised((await stretch(2_000)).memory.findings).find((finding) => finding.code === code)
    if ((found !== undefined) === there) return found
    if (Date.now() > end)
      throw new Error(`${code} is ${there ? 'not found' : 'still found'}: ${JSON.stringify(last?.memory)}`)
  }
}

const pause = async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/pause`)
  await untilState(connectUrl, connector, 'PAUSED', 1)
}
const resume = async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/resume`)
  await untilState(connectUrl, connector, 'RUNNING', 1)
}

beforeAll(async () => {
  evidence = evidenceOf(lab())
  strangers = await strangersOf(lab().a)
  connectUrl = lab().b.connect.url
  for (const name of [orders, ledger, growing]) {
    await strangers.produce(name, 10)
    await evidence.reached(name, 0, 9)
  }
})

// What a failed case leaves stopped or paused must not fail the next: a link that is paused out of its stop has no task.
afterEach(resume)

afterAll(async () => {
  await strangers?.close()
  await evidence?.close()
})

test('a link that keeps up, also behind transactions that left markers only, has no finding', async () => {
  const aborted = await strangers.transaction('watch-aborted')
  await aborted.send({ topic: orders, messages: [{ value: 'never', partition: 0 }] })
  await aborted.abort()
  // Enough of them for whatever has to be seen more than once.
  for (let looks = 0; looks < 16;) looks += (await stretch(1_000)).points.length
  expect(last?.memory.findings).toEqual([])
  // Markers and aborted records were read once, and are no lag.
  expect(last?.points.at(-1)?.lag).toBe(0)
  expect(last?.memory.tracks).toEqual([])
})

test('a selection that somebody puts back is narrowed again, and a link that the reset stopped is stopped again', async () => {
  const topics = [orders, ledger, growing]
  const before = await connectorConfig(connectUrl, connector)
  // On a lab that is shared the link has topics of others, and is not stopped for the sake of these.
  await changeConfig(connectUrl, connector, { topics: topics.map(escapeTopic).join(',') })
  const alone = async () =>
    (await evidence.position.describe()).assigned.every(
      ({ topic, partitions }) => partitions.length === 0 || topics.includes(topic),
    )
  await until(alone, { what: 'a task with topics of others', timeoutMs: PATIENCE_MS })
  const check = keeperOf(evidence.deps, { pair: evidence.link.pair, stage: 'reset', topics })
  // As it is: selected and running, which nobody but the next run should have done.
  expect((await check()).map(({ kind, restored }) => [kind, restored.length])).toEqual([
    ['selection-changed', 0],
    ['link-restarted', 0],
  ])
  const checkedUntil = (what: string, done: (things: Awaited<ReturnType<typeof check>>) => boolean) =>
    until(async () => done(await check()), { what, timeoutMs: PATIENCE_MS })
  await checkedUntil('both put back', (things) =>
    things.every(({ restored, checks }) => restored.length > 0 && checks === 0),
  )
  const description = await evidence.position.describe()
  expect(description.state).toBe('stopped')
  for (const topic of topics) expect(matchesSelection(description.selection, topic)).toBe(false)
  await changeConfig(connectUrl, connector, { topics: before['topics'] ?? '' })
  await resume()
  await strangers.produce(growing, 1)
  await evidence.reached(growing, 0, 10)
})

test('a paused connector is told as such, and as a stall once records wait; both go when it is resumed', async () => {
  await pause()
  expect(await watchUntil('link-state', true)).toMatchObject({ text: expect.stringContaining('is paused') })
  await strangers.produce(orders, 25)
  const stall = await watchUntil('stall', true)
  expect(stall).toMatchObject({ severity: 'blocking', todo: expect.stringContaining('Resume the connector') })
  expect(stall?.text).toMatch(/1 partition, 27 offsets behind: watch\.orders-0 \(27 behind, mirrored to 9, for \d+ s\)/)
  expect(last?.points.at(-1)?.worst).toEqual([[orders, 27]])
  await resume()
  await watchUntil('stall', false)
  await watchUntil('link-state', false)
})

test('retention that overtakes a paused link is told before it does, and with the offsets that are lost after', async () => {
  await pause()
  await strangers.produce(ledger, 1_000)
  await stretch(1_500)
  await strangers.deleteBefore(ledger, 8)
  expect(await watchUntil('retention-overtakes', true)).toMatchObject({
    severity: 'warning',
    text: expect.stringContaining('log starts at 8, mirrored to 9, overtaken in about'),
  })
  await strangers.deleteBefore(ledger, 110)
  await until(
    async () =>
      (await stretch(1_000)).memory.findings.some(({ text }) =>
        text.includes(`${ledger}-0 offsets 10 to 109 (at least 100 records`),
      ),
    { what: 'the loss is not told', timeoutMs: PATIENCE_MS },
  )
  await resume()
  await evidence.reached(ledger, 0, 1_009)
  await watchUntil('retention-overtakes', false)
  // Its position shows nothing of it now; a certificate taken from here on says what the watch has seen.
  const { lost = [] } = sampled()
  expect(lost).toMatchObject([{ topic: ledger, partition: 0, from: 10, to: 110, atLeast: 100 }])
  const { verdict, certificate } = await evidence.mirrored([ledger], { lost })
  expect([verdict, certificate.lost]).toEqual(['complete', lost])
  expect(ledgerOfCertificate(certificate, 'A')?.topics).toEqual([{ topic: ledger, rows: [[0, 10, 110, null]] }])
})

test('settings that are changed behind our back are named with both values, and no secret is told', async () => {
  await changeConfig(connectUrl, connector, { 'tasks.max': '2', 'errors.tolerance': 'all' })
  const drift = await watchUntil('settings-drift', true)
  expect(drift?.text).toMatch(/source\.errors\.tolerance is all, (switchback\.yaml has|was) none/)
  expect(drift?.text).toMatch(/source\.tasks\.max is 2, (switchback\.yaml has|was) 1/)
  await changeConfig(connectUrl, connector, { 'tasks.max': '1', 'errors.tolerance': 'none' })
  await watchUntil('settings-drift', false)
  expect(JSON.stringify(last)).not.toContain(plantedSecret)
})

test('a partition the copy does not have yet, a topic nobody selects, and a reader on the target are found', async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/pause`)
  await untilState(connectUrl, connector, 'PAUSED', 1)
  await strangers.admin.createPartitions({ topicPartitions: [{ topic: growing, count: 2 }] })
  expect((await watchUntil('missing-partitions', true))?.text).toContain(`${growing}.A has 1 of 2 partitions`)
  await resume()
  await watchUntil('missing-partitions', false)

  const consumer = kafkaClient(lab().b.bootstrap, lab().b.admin).consumer({ groupId: 'billing' })
  await consumer.connect()
  await consumer.subscribe({ topic: `${orders}.A` })
  await consumer.run({ eachMessage: async () => undefined })
  try {
    expect((await watchUntil('target-group-active', true))?.text).toContain('billing')
  } finally {
    await consumer.disconnect()
  }
  await watchUntil('target-group-active', false)

  await stretch(500, [orders, ledger, growing, 'watch.forgotten'])
  await stretch(500, [orders, ledger, growing, 'watch.forgotten'])
  expect(last?.memory.findings.find(({ code }) => code === 'topic-unselected')?.text).toContain('watch.forgotten')
})

test('a copy that is deleted and created again is found although the position stays, and the calls that are told mirror it again', async () => {
  await stretch(500)
  const standby = kafkaClient(lab().b.bootstrap, lab().b.admin).admin()
  await standby.connect()
  try {
    await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
    await untilState(connectUrl, connector, 'STOPPED', 0)
    await standby.deleteTopics({ topics: [`${ledger}.A`] })
    await createServedTopics(standby, [{ topic: `${ledger}.A`, numPartitions: 1 }])
    await resume()
    const found = await watchUntil('copy-changed', true)
    expect(found).toMatchObject({ severity: 'blocking', text: expect.stringContaining('deleted and created again') })
    expect(found?.text).toContain(`${ledger}-0 offsets 110 to 1009`)
    // New records arrive, and what was in the old copy does not.
    await strangers.produce(ledger, 5)
    await evidence.reached(ledger, 0, 1_014)
    await watchUntil('copy-changed', true)
    const body: unknown = JSON.parse(/with (\{.*\})\), and resume/.exec(found?.todo ?? '')?.[1] ?? '')
    await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
    await untilState(connectUrl, connector, 'STOPPED', 0)
    await connect(connectUrl, 'PATCH', `/connectors/${connector}/offsets`, body)
    await stretch(500)
    await resume()
    await evidence.reached(ledger, 0, 1_014)
    await watchUntil('copy-changed', false)
    const [ends] = await standby.fetchTopicOffsets(`${ledger}.A`)
    expect(Number(ends?.high)).toBeGreaterThanOrEqual(905)
  } finally {
    await standby.disconnect()
  }
})

test('a source that is deleted and comes back shorter under its name is found by its id', async () => {
  await pause()
  await strangers.admin.deleteTopics({ topics: [orders] })
  await until(async () => !(await strangers.admin.listTopics()).includes(orders), {
    what: 'the topic is not deleted',
    timeoutMs: PATIENCE_MS,
  })
  await strangers.createTopic({ topic: orders })
  await strangers.produce(orders, 3)
  const found = await watchUntil('source-changed', true)
  expect(found).toMatchObject({ severity: 'blocking', text: expect.stringContaining('another one') })
  expect(found?.text).toContain(`${orders}-0 offsets 0 to`)
})
