import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import { newMemory } from '../../src/activities/evidence/certificate.ts'
import type { LagSample } from '../../src/contract/evidence.ts'
import { brokenSince, certifiedEnds } from '../../src/domain/certificate/recheck.ts'
import { worstFirst } from '../../src/domain/certificate/text.ts'
import { positionIds } from '../../src/domain/assess/topic-identity.ts'
import { activity } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf, rowOf, sent, strangersOf, verdictOf } from './certificates-support.ts'
import { changeConfig, connect, produce, untilState } from './mirroring-support.ts'

/**
 * The certificate on real clusters with MirrorMaker 2 on an exactly-once Connect worker: one lab, a topic for each case,
 * so that what goes wrong in one is not in the way of another.
 */

const names = [
  'marked',
  'transactions',
  'compacted',
  'overtaken',
  'recreated',
  'growing',
  'restarted',
  'guarded',
  'phantoms',
]
const topic = (name: string) => `cert.${name}`
const lab = useLab({
  topics: names.map((name) => ({ name: topic(name), partitions: name === 'transactions' ? 3 : 2 })),
})

let evidence: ReturnType<typeof evidenceOf>
let strangers: Awaited<ReturnType<typeof strangersOf>>
let connectUrl: string
const connector = 'A-B-source'
const pause = async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/pause`)
  await untilState(connectUrl, connector, 'PAUSED', 1)
}
const resume = () => connect(connectUrl, 'PUT', `/connectors/${connector}/resume`)

beforeAll(async () => {
  evidence = evidenceOf(lab())
  strangers = await strangersOf(lab().a)
  connectUrl = lab().b.connect.url
  await untilState(connectUrl, connector, 'RUNNING', 1)
})

// What a failed case leaves paused must not fail the next.
afterEach(async () => {
  await resume()
  await untilState(connectUrl, connector, 'RUNNING')
})

afterAll(async () => {
  await strangers?.close()
  await evidence?.close()
})

describe('transactions', () => {
  const tx = topic('transactions')

  test('committed and aborted ones at the tail leave markers only, and the copy has an end of its own', async () => {
    const committed = await strangers.transaction('cert-committed')
    await committed.send({ topic: tx, messages: sent(0, 3) })
    await committed.commit()
    const aborted = await strangers.transaction('cert-aborted')
    await strangers.produce(tx, 2, { partition: 1 })
    await aborted.send({ topic: tx, messages: sent(1, 4) })
    await aborted.abort()
    const { verdict, certificate } = await evidence.mirrored([tx])
    expect(verdict).toBe('complete')
    expect(rowOf(certificate, tx, 0)).toEqual([0, 0, 4, 4, 2, 0, 'markers-only'])
    // Two records, four that were taken back, their marker: nothing of the four is mirrored, or waited for.
    expect(rowOf(certificate, tx, 1)).toEqual([1, 0, 7, 7, 1, 0, 'markers-only'])
    expect(rowOf(certificate, tx, 2)).toEqual([2, 0, 0, 0, -1, 0, 'empty'])
    // Ends of two clusters are never compared: an exactly-once worker writes markers of its own.
    const [copy] = await evidence.deps.ports.cluster('B').ends([`${tx}.A`])
    expect(copy?.partitions[1]?.[2]).not.toBe(7)
  })

  test('an open one is waited for and named, and what it held back is mirrored when it ends', async () => {
    const open = await strangers.transaction('cert-open')
    await open.send({ topic: tx, messages: sent(2, 5) })
    await strangers.produce(tx, 1, { partition: 2 })
    const { verdict, certificate } = await evidence.mirrored([tx], { maxMs: 1_000 })
    expect(verdict).toBe('not-yet')
    expect(rowOf(certificate, tx, 2)).toEqual([2, 0, 6, 0, -1, 6, 'open-transaction'])
    expect(certificate.transactions).toMatchObject([
      { transactionalId: 'cert-open', state: 'Ongoing', partitions: [[tx, 2, 0]], hanging: false },
    ])
    expect(worstFirst(certificate, 5)).toMatch(/Transaction cert-open \(producer \d+, Ongoing\), open for \d+ s/)
    await open.commit()
    const after = await evidence.mirrored([tx])
    expect(after.verdict).toBe('complete')
    expect(rowOf(after.certificate, tx, 2)).toEqual([2, 0, 7, 7, 5, 0, 'markers-only'])
    expect(after.certificate.transactions).toBeUndefined()
  })
})

test('a compacted topic is mirrored to its last record, whatever the log no longer holds', async () => {
  const compacted = topic('compacted')
  await strangers.admin.alterConfigs({
    validateOnly: false,
    resources: [
      // The cleaner otherwise rests for 15 s.
      {
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: '1',
        configEntries: [{ name: 'log.cleaner.backoff.ms', value: '200' }],
      },
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: compacted,
        configEntries: Object.entries({
          'cleanup.policy': 'compact',
          'segment.ms': '100',
          'min.cleanable.dirty.ratio': '0.001',
        }).map(([name, value]) => ({ name, value })),
      },
    ],
  })
  await pause()
  let written = 0
  const write = async (count: number, key: string) => {
    await strangers.produce(compacted, count, { key })
    written += count
  }
  const left = async () => (await evidence.source.scan(compacted, 0, 0, written)).records
  // A segment rolls when something is written after its time, and only once the broker has heard of the topic's settings.
  const compactedYet = async () => {
    await write(25, 'same')
    return (await left()) < written - 50
  }
  await until(compactedYet, { what: 'nothing was compacted', timeoutMs: PATIENCE_MS, pollMs: 250 })
  await write(1, 'other')
  await resume()
  const { verdict, certificate } = await evidence.mirrored([compacted])
  expect(verdict).toBe('complete')
  expect(rowOf(certificate, compacted)).toEqual([0, 0, written, written, written - 1, 0, 'mirrored'])
})

test('records deleted before they were mirrored stay lost, although the link goes on behind them', async () => {
  const overtaken = topic('overtaken')
  await strangers.produce(overtaken, 10)
  await evidence.reached(overtaken, 0, 9)
  await pause()
  await strangers.produce(overtaken, 50)
  const memory = newMemory()
  expect(verdictOf(await evidence.certificate([overtaken], { memory }), overtaken)).toBe('behind')
  await strangers.deleteBefore(overtaken, 40)
  const found = await evidence.certificate([overtaken])
  // Who did not look before cannot know whether they held records.
  expect(rowOf(found, overtaken)).toEqual([0, 40, 60, 60, 9, 20, 'behind', [10, 40, null]])
  await resume()
  await evidence.reached(overtaken, 0, 59)
  // MirrorMaker went on at the log's start. Only who looked before knows what is missing.
  const later = await evidence.certificate([overtaken], { memory })
  expect(rowOf(later, overtaken)).toEqual([0, 40, 60, 60, 59, 0, 'expired-before-mirrored', [10, 40]])
  expect(later.complete).toBe(false)
  const { verdict } = await evidence.mirrored([overtaken], { previous: later, maxMs: 500 })
  expect(verdict).toBe('not-yet')
})

test('a topic deleted and created again is told by its id, also when it has grown past the old position', async () => {
  const recreated = topic('recreated')
  await strangers.produce(recreated, 5)
  await evidence.reached(recreated, 0, 4)
  const fencedEnds = await evidence.fence([recreated])
  const sample = (previous: LagSample | null) => evidence.watch([recreated], previous)
  const seen = await sample(null)
  await pause()
  await strangers.admin.deleteTopics({ topics: [recreated] })
  await until(async () => (await evidence.source.ends([recreated])).length === 0, {
    what: 'it stays',
    timeoutMs: PATIENCE_MS,
  })
  const gone = await sample(seen)
  await strangers.createTopic({ topic: recreated, numPartitions: 2 })
  await strangers.produce(recreated, 20)
  // By the fence.
  const fenced = await evidence.certificate([recreated], { fencedEnds })
  expect(verdictOf(fenced, recreated)).toBe('truncated-or-recreated')
  expect(fenced.obstacles.join('\n')).toContain('was recreated after the fence')
  // By what the pair remembers, without a fence.
  const remembered = await sample(gone)
  expect(remembered.stalePositions).toMatchObject([{ topic: recreated, offsets: [[0, 4]] }])
  const known = await evidence.certificate([recreated], { knownIds: positionIds(remembered) })
  expect(verdictOf(known, recreated)).toBe('truncated-or-recreated')
  // The way out that assess names: take the position away. Then the link begins anew, and is believed.
  await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
  await untilState(connectUrl, connector, 'STOPPED', 0)
  await connect(connectUrl, 'PATCH', `/connectors/${connector}/offsets`, {
    offsets: [{ partition: { cluster: 'A', topic: recreated, partition: 0 }, offset: null }],
  })
  const renewed = await sample(remembered)
  expect(renewed.stalePositions).toEqual([])
  await resume()
  await untilState(connectUrl, connector, 'RUNNING')
  await evidence.reached(recreated, 0, 19)
  const anew = await evidence.certificate([recreated], { knownIds: positionIds(renewed) })
  expect(rowOf(anew, recreated)?.slice(2)).toEqual([20, 20, 19, 0, 'mirrored'])
})

test('a partition added in the middle of a wait belongs to it, and one added after the fence is no quiet growth', async () => {
  const growing = topic('growing')
  await strangers.produce(growing, 3, { partition: 1 })
  const fencedEnds = await evidence.fence([growing])
  expect((await evidence.mirrored([growing], { fencedEnds })).verdict).toBe('complete')
  const waiting = evidence.mirrored([growing], { maxMs: 1 })
  await strangers.admin.createPartitions({ topicPartitions: [{ topic: growing, count: 3 }] })
  await waiting
  await until(async () => (await evidence.source.ends([growing]))[0]?.partitions.length === 3, {
    what: 'it has not grown',
    timeoutMs: PATIENCE_MS,
  })
  // The link learns of it a second later; until then nobody has it.
  const { verdict, certificate } = await evidence.mirrored([growing], { fencedEnds })
  expect(verdict).toBe('complete')
  expect(rowOf(certificate, growing, 2)).toEqual([2, 0, 0, 0, -1, 0, 'empty'])
  // By a client that comes anew: kafkajs drops records for a partition it has not heard of, without a word.
  await produce(lab().a, growing, 3, 2)
  await evidence.reached(growing, 2, 1)
  const written = await evidence.certificate([growing], { fencedEnds })
  expect(verdictOf(written, growing, 2)).toBe('mirrored')
  expect(written.obstacles.join('\n')).toContain('cert.growing partition 2 moved after the fence, from 0 to 2')
})

test('a transaction that had a partition added and wrote nothing leaves a marker behind the fence: nothing is lost, and nobody wrote', async () => {
  const marked = topic('marked')
  await strangers.produce(marked, 3)
  await evidence.reached(marked, 0, 2)
  const refused = await strangers.transaction('cert-refused')
  // The partition is added first; then the broker refuses the record, as it may be refused by a fence.
  const tomorrow = String(Date.now() + 36 * 3_600_000)
  await expect(
    refused.send({ topic: marked, messages: [{ value: 'late', partition: 0, timestamp: tomorrow }] }),
  ).rejects.toThrow()
  const fencedEnds = await evidence.fence([marked])
  const before = await evidence.mirrored([marked], { fencedEnds })
  expect(before.verdict).toBe('complete')
  await refused.abort()
  await until(async () => (await evidence.fence([marked]))[0]?.partitions[0]?.[2] === 4, {
    what: 'no marker comes',
    timeoutMs: PATIENCE_MS,
  })
  // What was taken before holds, by the look that start-producers takes; and it can be taken again.
  const since = { cluster: 'A', topics: [marked], since: certifiedEnds(before.certificate) }
  const [now, positions] = [
    await activity().run(evidence.reads.readEnds, since),
    await evidence.position.mirroredTo([marked]),
  ]
  expect(brokenSince(before.certificate, now, positions)).toEqual([])
  const { verdict, certificate } = await evidence.mirrored([marked], { fencedEnds })
  expect(verdict).toBe('complete')
  expect(rowOf(certificate, marked)).toEqual([0, 0, 4, 4, 2, 0, 'markers-only'])
  // One that did write, and took it back, is a writer.
  const writer = await strangers.transaction('cert-writer')
  await writer.send({ topic: marked, messages: sent(0, 1) })
  await writer.abort()
  await until(async () => (await evidence.fence([marked]))[0]?.partitions[0]?.[3] === 6, {
    what: 'it is not decided',
    timeoutMs: PATIENCE_MS,
  })
  expect(brokenSince(certificate, await activity().run(evidence.reads.readEnds, since), positions)).toEqual([
    `${marked}-0 moved from 4 to 6`,
  ])
  expect((await evidence.certificate([marked], { fencedEnds })).obstacles.join('\n')).toContain(
    'partition 0 moved after the fence, from 3 to 6',
  )
})

test('a topic that the link does not select has no task, and is never proven', async () => {
  await strangers.createTopic({ topic: 'cert.unknown' })
  const { verdict, certificate } = await evidence.mirrored(['cert.unknown'], { maxMs: 300 })
  expect([verdict, verdictOf(certificate, 'cert.unknown')]).toEqual(['not-yet', 'unassigned'])
})

test('several tasks share the partitions, and a restart in the middle of the wait loses nothing', async () => {
  const restarted = topic('restarted')
  await changeConfig(connectUrl, connector, { 'tasks.max': '3' })
  await untilState(connectUrl, connector, 'RUNNING', 3)
  await strangers.produce(restarted, 2_000)
  await strangers.produce(restarted, 2_000, { partition: 1 })
  const fencedEnds = await evidence.fence([restarted])
  const waiting = evidence.mirrored([restarted], { fencedEnds })
  await connect(connectUrl, 'POST', `/connectors/${connector}/restart?includeTasks=true`)
  const { verdict, certificate } = await waiting
  expect(verdict).toBe('complete')
  expect(certificate.topics[0]?.rows.map((row) => row.slice(2, 7))).toEqual([
    [2_000, 2_000, 1_999, 0, 'mirrored'],
    [2_000, 2_000, 1_999, 0, 'mirrored'],
  ])
})

test('settings under which acknowledged is not copied are in the way, and a certificate is only as old as its ends', async () => {
  const guarded = topic('guarded')
  await strangers.produce(guarded, 5)
  await changeConfig(connectUrl, connector, {
    'errors.tolerance': 'all',
    transforms: 'drop',
    'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
    'transforms.drop.predicate': 'never',
    predicates: 'never',
    'predicates.never.type': 'org.apache.kafka.connect.transforms.predicates.TopicNameMatches',
    'predicates.never.pattern': 'nothing',
  })
  await evidence.reached(guarded, 0, 4)
  const { complete, obstacles } = await evidence.certificate([guarded])
  expect(complete).toBe(false)
  expect(obstacles.join('\n')).toMatch(
    /errors\.tolerance all[^]*transforms \(drop\)|transforms \(drop\)[^]*errors\.tolerance all/,
  )
  await changeConfig(connectUrl, connector, {
    'errors.tolerance': 'none',
    transforms: null,
    'transforms.drop.type': null,
    'transforms.drop.predicate': null,
    predicates: null,
    'predicates.never.type': null,
    'predicates.never.pattern': null,
  })
  const { verdict, certificate } = await evidence.mirrored([guarded])
  expect(verdict).toBe('complete')
  // As start-producers looks at it again.
  const broken = async () =>
    brokenSince(certificate, await evidence.fence([guarded]), await evidence.position.mirroredTo([guarded]))
  expect(await broken()).toEqual([])
  await strangers.produce(guarded, 1)
  expect(await broken()).toEqual([`${guarded}-0 moved from 5 to 6`])
})

test('a link that copies uncommitted records: what was aborted or is open stands in the copy, and in the evidence', async () => {
  const phantoms = topic('phantoms')
  // Stopped, so that no task is left that reads as before.
  await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
  await untilState(connectUrl, connector, 'STOPPED', 0)
  await changeConfig(connectUrl, connector, {
    'exactly.once.support': 'requested',
    'source.consumer.isolation.level': 'read_uncommitted',
  })
  await resume()
  await untilState(connectUrl, connector, 'RUNNING')
  const aborted = await strangers.transaction('cert-phantom-aborted')
  const open = await strangers.transaction('cert-phantom-open')
  await aborted.send({ topic: phantoms, messages: sent(0, 4) })
  await strangers.produce(phantoms, 3)
  await open.send({ topic: phantoms, messages: sent(1, 2) })
  await strangers.produce(phantoms, 1, { partition: 1 })
  await aborted.abort()
  await Promise.all([evidence.reached(phantoms, 0, 6), evidence.reached(phantoms, 1, 2)])
  const exact = () => activity().run(evidence.reads.exactLoss, { ...evidence.link, topics: [phantoms] })
  const rows = [[0, 0, 4, 4, 0] as const]
  expect((await exact()).phantoms).toEqual({
    aborted: 4,
    open: 2,
    partitions: 2,
    unread: 0,
    topics: [{ topic: phantoms, rows: [...rows, [1, 0, 2, 0, 2]] }],
  })
  await open.abort()
  const { verdict, certificate } = await evidence.mirrored([phantoms])
  expect(verdict).toBe('complete')
  const found = { aborted: 6, open: 0, partitions: 2, unread: 0 }
  expect(certificate.phantoms).toEqual({ ...found, topics: [{ topic: phantoms, rows: [...rows, [1, 0, 2, 2, 0]] }] })
  // The truth: what a reader of the copy gets, and a reader of the source does not.
  const read = async (alias: string, name: string) => {
    const cluster = evidence.deps.ports.cluster(alias)
    const [ends] = await cluster.ends([name])
    const scans = await Promise.all((ends?.partitions ?? []).map(([p, from, to]) => cluster.scan(name, p, from, to)))
    return scans.reduce((sum, { records }) => sum + records, 0)
  }
  expect((await read('B', `${phantoms}.A`)) - (await read('A', phantoms))).toBe(found.aborted)
})
