import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { canDecompress } from '../../src/adapters/kafka/records/compression.ts'
import type { ClusterPort, LastRecord, RecordMark } from '../../src/ports/cluster.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { PATIENCE_MS } from '../patience.ts'
import { login, startTestBroker, type TestBroker } from './kafka-support.ts'

/** Starting a broker on a loaded machine, ms. */
const START_MS = 300_000
/** Waiting for the log cleaner or for retention, ms. */
const SLOW_MS = 300_000

const { DefaultPartitioner } = kafkajs.Partitioners
const stamp = Date.parse('2026-01-01T00:00:00Z')
/** Of a batch: enough for several in one segment's index. */
const LARGE = 'x'.repeat(5_000)

interface Given {
  key?: string
  value: string
  at: number
  partition?: number
  headers?: Record<string, string>
}

let broker: TestBroker
let cluster: ClusterPort
let producer: kafkajs.Producer

beforeAll(async () => {
  broker = await startTestBroker()
  cluster = createKafkaCluster('T', broker.config())
  producer = broker.kafka.producer({ createPartitioner: DefaultPartitioner })
  await producer.connect()
}, START_MS)

afterAll(async () => {
  await producer?.disconnect()
  await cluster?.close()
  await broker?.close()
}, START_MS)

function messageOf({ key, at, partition = 0, ...rest }: Given): kafkajs.Message {
  return { ...rest, ...(key === undefined ? {} : { key }), timestamp: String(at), partition }
}

/** A batch of its own each. */
async function send(topic: string, ...records: Given[]): Promise<void> {
  for (const record of records) await producer.send({ topic, messages: [messageOf(record)] })
}

async function batch(topic: string, ...records: Given[]): Promise<void> {
  await producer.send({ topic, messages: records.map(messageOf) })
}

/** One transaction after the other, each with these records. */
async function transactions(id: string, ...all: { topic: string; records: Given[]; end: 'commit' | 'abort' }[]) {
  const transactional = broker.kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500 },
    createPartitioner: DefaultPartitioner,
  })
  await transactional.connect()
  for (const { topic, records, end } of all) {
    const transaction = await until(() => transactional.transaction(), {
      what: 'no transaction',
      timeoutMs: PATIENCE_MS,
    })
    await transaction.send({ topic, messages: records.map(messageOf) })
    await transaction[end]()
  }
  await transactional.disconnect()
}

/** A broker answers the end of a transaction before its markers are written. */
async function reaches(topic: string, end: number): Promise<void> {
  await until(
    async () => {
      const [, , high, stable] = (await cluster.ends([topic]))[0]?.partitions[0] ?? []
      return high === end && stable === end
    },
    { what: `${topic} does not end at ${end}`, timeoutMs: PATIENCE_MS, pollMs: 20 },
  )
}

async function lastOf(topic: string, partition: number = 0): Promise<LastRecord> {
  const [last] = await cluster.lastRecords([{ topic, partition }])
  if (last === undefined) throw new Error('no answer')
  return last
}

async function markOf(topic: string): Promise<RecordMark> {
  const last = await lastOf(topic)
  if (last.found !== 'record') throw new Error(`${topic}: ${last.found}`)
  return last.mark
}

async function find(topic: string, mark: Pick<RecordMark, 'timestamp' | 'digest' | 'headers'>) {
  const [found] = await cluster.findRecords([{ topic, partition: 0, ...mark }])
  return found
}

async function untilAsync(what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(holds, { what, timeoutMs: PATIENCE_MS, pollMs: 200 })
}

describe('the last record of a copy', () => {
  test('is found at its own offset on the source, behind markers and aborted records', async () => {
    await broker.createTopic('marks.source')
    await broker.createTopic('marks.copy')
    const records = ['a', 'b', 'c', 'd'].map((value, index) => ({ key: 'k', value, at: stamp + index }))
    await send('marks.source', { value: 'older', at: stamp - 5_000 }, ...records)
    await send('marks.copy', ...records.slice(0, 3))
    const aborted = { topic: 'marks.copy', records: [{ value: 'aborted', at: stamp }], end: 'abort' as const }
    // More offsets than the first step back, and than the second.
    await transactions('marks', ...Array.from({ length: 40 }, () => aborted))
    await reaches('marks.copy', 83)
    const mark = await markOf('marks.copy')
    expect(mark).toMatchObject({ offset: 2, timestamp: stamp + 2 })
    expect(mark).not.toHaveProperty('restamped')
    expect(await find('marks.source', mark)).toBe(3)
    expect(await markOf('marks.source')).toMatchObject({ offset: 4 })
  })

  test('of records that are alike the lowest counts; another key, value or time stamp is another record', async () => {
    await broker.createTopic('marks.alike')
    const same = { key: 'k', value: 'same', at: stamp }
    await send('marks.alike', { ...same, at: stamp - 1 }, { ...same, value: 'other' }, same, same)
    const mark = await markOf('marks.alike')
    expect(mark).toMatchObject({ offset: 3 })
    expect(await find('marks.alike', mark)).toBe(2)
    expect(await find('marks.alike', { ...mark, timestamp: stamp + 1 })).toBeNull()
    expect(await find('marks.alike', { ...mark, digest: 'x' })).toBeNull()
  })

  test('equal headers decide among records that are alike; others refuse none', async () => {
    await broker.createTopic('marks.headers')
    const same = { key: 'k', value: 'same', at: stamp }
    const [one, two] = [{ trace: '1' }, { trace: '2' }]
    await send('marks.headers', same, { ...same, headers: one }, { ...same, headers: two }, { ...same, at: stamp + 1 })
    await broker.createTopic('marks.headed')
    await send('marks.headed', { ...same, headers: two })
    const mark = await markOf('marks.headed')
    expect(await find('marks.headers', mark)).toBe(2)
    expect(await find('marks.headers', { ...mark, headers: 'converted on the way' })).toBe(0)
  })

  test('no record of a moment is missed where many of it lie in large batches', async () => {
    await broker.createTopic('marks.moment')
    const wanted = { value: `wanted ${LARGE}`, at: stamp }
    await batch('marks.moment', { value: LARGE, at: stamp - 1 }, wanted, { value: LARGE, at: stamp })
    for (let i = 0; i < 5; i++)
      await batch('marks.moment', ...Array.from({ length: 5 }, () => ({ value: LARGE, at: stamp })))
    await send('marks.moment', { value: 'later', at: stamp + 1 }, wanted)
    expect(await find('marks.moment', await markOf('marks.moment'))).toBe(1)
  })

  test('a record without a time, or of 1970, is found', async () => {
    await broker.createTopic('marks.old')
    await send('marks.old', { value: 'first', at: 0 }, { value: 'second', at: 0 }, { value: 'third', at: 0 })
    expect(await find('marks.old', await markOf('marks.old'))).toBe(2)
  })

  test('aborted and undecided records on the source are found: a link that reads uncommitted has copied them', async () => {
    await broker.createTopic('marks.uncommitted')
    await broker.createTopic('marks.uncommitted.copy')
    const record = { value: 'aborted', at: stamp }
    await send('marks.uncommitted', { value: 'before', at: stamp - 1 })
    await transactions('uncommitted', { topic: 'marks.uncommitted', records: [record], end: 'abort' })
    await send('marks.uncommitted.copy', record)
    const mark = await markOf('marks.uncommitted.copy')
    expect(await find('marks.uncommitted', mark)).toBe(1)
    const open = broker.kafka.producer({ transactionalId: 'open', createPartitioner: DefaultPartitioner })
    await open.connect()
    const transaction = await open.transaction()
    const undecided = { value: 'undecided', at: stamp + 1 }
    await transaction.send({ topic: 'marks.uncommitted', messages: [messageOf(undecided)] })
    await send('marks.uncommitted.copy', undecided)
    expect(await find('marks.uncommitted', await markOf('marks.uncommitted.copy'))).toBe(3)
    await transaction.abort()
    await open.disconnect()
  })

  test(
    'says why there is none: nothing was ever written, everything expired, markers only, no such partition',
    async () => {
      await broker.createTopic('marks.empty')
      await broker.createTopic('marks.expired')
      await broker.createTopic('marks.markers')
      await send('marks.expired', { value: 'gone', at: stamp })
      await broker.admin.deleteTopicRecords({ topic: 'marks.expired', partitions: [{ partition: 0, offset: '-1' }] })
      const records = [{ value: 'aborted', at: stamp }]
      await transactions('markers', { topic: 'marks.markers', records, end: 'abort' })
      await reaches('marks.markers', 2)
      const asked = ['marks.empty', 'marks.expired', 'marks.markers', 'marks.nowhere'].map((topic) => ({
        topic,
        partition: 0,
      }))
      const answers = await cluster.lastRecords([...asked, { topic: 'marks.empty', partition: 7 }])
      expect(answers.map(({ found }) => found)).toEqual(['empty', 'empty', 'no-record', 'absent', 'absent'])
      expect(await cluster.findRecords(asked.map((place) => ({ ...place, timestamp: stamp, digest: 'x' })))).toEqual([
        null,
        null,
        null,
        null,
      ])
    },
    SLOW_MS,
  )

  test('is marked as stamped again where its topic stamps records when they are appended', async () => {
    await broker.createTopic('marks.restamped', 1, { 'message.timestamp.type': 'LogAppendTime' })
    await send('marks.restamped', { value: 'v', at: stamp })
    const mark = await markOf('marks.restamped')
    expect(mark.restamped).toBe(true)
    expect(mark.timestamp).toBeGreaterThan(stamp)
  })

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'is read in every codec that this Node has, and else said to be unreadable: %s',
    async (codec) => {
      const [source, copy] = [`marks.${codec}`, `marks.${codec}.copy`]
      await broker.createTopic(source, 1, { 'compression.type': codec })
      await broker.createTopic(copy)
      const records = Array.from({ length: 50 }, (_, i) => ({ key: `${i}`, value: `v ${LARGE}`, at: stamp + (i >> 4) }))
      await batch(source, ...records)
      await send(copy, records[30] ?? { value: '', at: 0 })
      const readable = codec !== 'zstd' || canDecompress(4)
      expect(await find(source, await markOf(copy))).toBe(readable ? 30 : 'unreadable')
      expect(await lastOf(source)).toMatchObject(readable ? { mark: { offset: 49 } } : { found: 'unreadable' })
    },
  )

  test('thousands of partitions are answered in the order asked, with batches larger than what is asked for at first', async () => {
    const partitions = 40
    await broker.createTopic('marks.many', partitions, { 'max.message.bytes': '2000000' })
    // Incompressible enough is any: the topic has no codec. Every third is larger than 64 KB, one larger than the rest together.
    const size = (partition: number) => (partition === 7 ? 900_000 : partition % 3 === 0 ? 200_000 : 100)
    for (let partition = 0; partition < partitions - 1; partition++)
      await send('marks.many', {
        value: `${partition} ${'y'.repeat(size(partition))}`,
        at: stamp + partition,
        partition,
      })
    const places = Array.from({ length: partitions }, (_, i) => ({
      topic: 'marks.many',
      partition: partitions - 1 - i,
    }))
    const lasts = await cluster.lastRecords(places)
    expect(lasts.map(({ partition, found }) => [partition, found])).toEqual(
      places.map(({ partition }) => [partition, partition === partitions - 1 ? 'empty' : 'record']),
    )
    const wanted = lasts.flatMap((last) =>
      last.found === 'record' ? [{ topic: last.topic, partition: last.partition, ...last.mark }] : [],
    )
    expect(await cluster.findRecords([...wanted, ...wanted])).toEqual([...wanted, ...wanted].map(() => 0))
  })
})

describe('the digest of a range', () => {
  const digest = (topic: string, from: number, to: number, isolation: 'committed' | 'uncommitted' = 'committed') =>
    cluster.digestRange({ topic, partition: 0 }, { from, to, isolation })

  test('is the same for the same records, whatever lies between them and however they are batched', async () => {
    await broker.createTopic('digest.source', 1, { 'compression.type': 'lz4' })
    await broker.createTopic('digest.copy', 1, { 'compression.type': 'gzip' })
    const records = Array.from({ length: 20 }, (_, i) => ({ key: `${i % 3}`, value: `v${i}`, at: stamp + i }))
    const [first, second, aborted] = [records.slice(0, 8), records.slice(8), [{ value: 'aborted', at: stamp }]]
    const topic = 'digest.source'
    await transactions(
      'digest',
      { topic, records: first, end: 'commit' },
      { topic, records: aborted, end: 'abort' },
      { topic, records: second, end: 'commit' },
    )
    // Eight, a marker, one aborted, a marker, twelve, a marker.
    await reaches(topic, 24)
    await batch('digest.copy', ...records)
    const copy = await digest('digest.copy', 0, 20)
    expect(copy).toEqual({ records: 20, digest: expect.stringMatching(/^[0-9a-f]{32}$/), complete: true })
    expect(await digest(topic, 0, 24)).toEqual(copy)
    const uncommitted = await digest(topic, 0, 24, 'uncommitted')
    expect(uncommitted).toMatchObject({ records: 21, complete: true })
    expect(uncommitted.digest).not.toBe(copy.digest)
    expect(await digest('digest.copy', 0, 19)).toMatchObject({ records: 19, complete: true })
    expect((await digest('digest.copy', 0, 19)).digest).not.toBe(copy.digest)
    // A range that cuts through batches on both sides.
    expect(await digest(topic, 3, 14)).toEqual(await digest('digest.copy', 3, 11))
    expect(await digest(topic, 20, 30)).toMatchObject({ complete: false })
    expect(await digest(topic, 11, 11)).toMatchObject({ records: 0, complete: true })
  })

  test('an open transaction makes a committed range incomplete, and is read by an uncommitted one', async () => {
    await broker.createTopic('digest.open')
    await send('digest.open', { value: 'before', at: stamp })
    const open = broker.kafka.producer({ transactionalId: 'digest-open', createPartitioner: DefaultPartitioner })
    await open.connect()
    const transaction = await open.transaction()
    await transaction.send({ topic: 'digest.open', messages: [messageOf({ value: 'open', at: stamp })] })
    expect(await digest('digest.open', 0, 2)).toMatchObject({ records: 1, complete: false })
    expect(await digest('digest.open', 0, 2, 'uncommitted')).toMatchObject({ records: 2, complete: true })
    await transaction.commit()
    await open.disconnect()
    await reaches('digest.open', 3)
    expect(await digest('digest.open', 0, 3)).toMatchObject({ records: 2, complete: true })
  })

  test('says where a range begins by now whose beginning has expired', async () => {
    await broker.createTopic('digest.expired')
    await batch('digest.expired', ...Array.from({ length: 10 }, (_, i) => ({ value: `v${i}`, at: stamp })))
    const rest = await digest('digest.expired', 4, 10)
    await broker.admin.deleteTopicRecords({ topic: 'digest.expired', partitions: [{ partition: 0, offset: '4' }] })
    expect(await digest('digest.expired', 0, 10)).toEqual({ ...rest, start: 4 })
    expect(await digest('digest.expired', 5, 10)).toMatchObject({ records: 5, complete: true })
    expect(await digest('digest.expired', 0, 3)).toMatchObject({ records: 0, complete: true, start: 3 })
  })

  test(
    'is of what compaction has left',
    async () => {
      const settings = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' }
      await broker.createTopic('digest.compacted', 1, settings)
      await broker.createTopic('digest.left')
      const keyed = (i: number, value: string) => ({ key: `key ${i}`, value, at: stamp + i })
      const all = Array.from({ length: 20 }, (_, i) => i)
      await batch('digest.compacted', ...all.map((i) => keyed(i, 'old')))
      await batch('digest.compacted', ...all.filter((i) => i % 2 === 0).map((i) => keyed(i, 'new')))
      await untilAsync('not compacted', async () => {
        await send('digest.compacted', { key: 'roll', value: 'v', at: Date.now() })
        return (await digest('digest.compacted', 0, 20)).records === 10
      })
      await send('digest.left', ...all.filter((i) => i % 2 === 1).map((i) => keyed(i, 'old')))
      const left = await digest('digest.left', 0, 10)
      expect(await digest('digest.compacted', 0, 20)).toEqual(left)
      // Its last offset is one that is no more.
      expect(await digest('digest.compacted', 0, 19)).toMatchObject({ records: 9, complete: true })
    },
    SLOW_MS,
  )

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])('counts exactly in every codec: %s', async (codec) => {
    const topic = `digest.${codec}`
    await broker.createTopic(topic, 1, { 'compression.type': codec })
    const records = Array.from({ length: 30 }, (_, i) => ({ value: `v${i} ${LARGE}`, at: stamp }))
    await batch(topic, ...records)
    const readable = codec !== 'zstd' || canDecompress(4)
    for (const [from, to] of [
      [0, 30],
      [7, 23],
    ] as const) {
      const found = await digest(topic, from, to)
      expect(found).toMatchObject({ records: to - from, complete: true })
      expect(found.unreadable).toBe(readable ? undefined : true)
    }
  })
})

describe('log ends', () => {
  test('are told to whoever may describe the topic, and to nobody else', async () => {
    await broker.createTopic('logends.seen', 2)
    await broker.createTopic('logends.hidden')
    await send('logends.seen', { value: 'v', at: stamp, partition: 1 })
    const entry = {
      resourceType: kafkajs.AclResourceTypes.TOPIC,
      resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    }
    await broker.admin.createAcls({
      acl: [
        {
          ...entry,
          resourceName: 'logends.seen',
          principal: 'User:app',
          host: '*',
          operation: kafkajs.AclOperationTypes.DESCRIBE,
          permissionType: kafkajs.AclPermissionTypes.ALLOW,
        },
      ],
    })
    const app = createKafkaCluster('T', broker.config({ sasl: login({ username: 'app', password: 'app-secret' }) }))
    const seen = [{ topic: 'logends.seen', offsets: [[0, 0], [1, 1]] }] // prettier-ignore
    await expect.poll(() => app.logEnds(['logends.seen']).catch(String)).toEqual(seen)
    expect(await cluster.logEnds(['logends.seen', 'logends.nowhere'])).toEqual(seen)
    await expect(app.logEnds(['logends.hidden'])).rejects.toMatchObject({ type: errorTypes.rejected })
    await app.close()
  })
})
