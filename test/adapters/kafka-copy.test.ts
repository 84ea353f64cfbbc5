import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { endTxnV3, type API } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import { copyRanges, type CopyCare, type CopyOrder } from '../../src/activities/stranded/copy-ranges.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { openCopy } from '../../src/adapters/kafka/copy/record-copy.ts'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { ClusterPort, StoredRecord } from '../../src/ports/cluster.ts'
import { PATIENCE_MS } from '../patience.ts'
import { startTestBroker, type TestBroker } from './kafka-support.ts'

const START_MS = 300_000
const SLOW_MS = 300_000
const TIMEOUT_MS = 20_000
const { DefaultPartitioner } = kafkajs.Partitioners

const signal = new AbortController().signal
const care = { guard: async () => undefined, onward: () => true }
let broker: TestBroker
let cluster: ClusterPort

beforeAll(async () => {
  broker = await startTestBroker()
  cluster = createKafkaCluster('T', broker.config({ timeoutMs: TIMEOUT_MS }))
}, START_MS)

afterAll(async () => {
  await cluster?.close()
  await broker?.close()
}, START_MS)

function order(topic: string, ranges: CopyOrder['topics'][0]['ranges'], more: Partial<CopyOrder> = {}): CopyOrder {
  return { id: `copy.${topic}`, begin: false, topics: [{ topic, into: `${topic}.copy`, ranges }], ...more }
}

/** Begun, and carried out. */
async function copy(wanted: CopyOrder, how: CopyCare = care): ReturnType<typeof copyRanges> {
  await copyRanges(cluster, cluster, { ...wanted, begin: true }, care, signal)
  return copyRanges(cluster, cluster, wanted, how, signal)
}

async function topics(topic: string, partitions = 1): Promise<void> {
  await Promise.all([broker.createTopic(topic, partitions), broker.createTopic(`${topic}.copy`, partitions)])
}

/** What a reader of committed records finds, in order. */
async function committed(topic: string, partition = 0): Promise<StoredRecord[]> {
  const [, , end = 0] = (await cluster.ends([topic]))[0]?.partitions[partition] ?? []
  const found: StoredRecord[] = []
  for (let at = 0; at < end;) {
    const { records, next } = await cluster.readRecords(topic, partition, at, end)
    if (next === at) break
    found.push(...records)
    at = next
  }
  return found
}

const text = (buffer: Buffer | null) => buffer?.toString() ?? null
const valuesOf = (records: StoredRecord[]) => records.map(({ value }) => text(value))
const headersOf = ({ headers }: StoredRecord) => headers.map(([name, value]) => [text(name), text(value)])

async function producerOf(transactionalId?: string) {
  const producer = broker.kafka.producer({
    createPartitioner: DefaultPartitioner,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 500 },
    ...(transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 }),
  })
  await producer.connect()
  return producer
}

describe('what is copied', () => {
  test('a record keeps key, value, headers and time, and tells where it came from; a tombstone stays one', async () => {
    await topics('kept', 2)
    const producer = await producerOf()
    await producer.send({
      topic: 'kept',
      messages: [
        { partition: 1, key: 'k', value: 'v', timestamp: '1700000000123', headers: { trace: 'abc', many: ['1', '2'] } },
        { partition: 1, key: 'k', value: null, timestamp: '1700000000001' },
        { partition: 1, value: '', timestamp: '1700000000200' },
      ],
    })
    await producer.disconnect()
    const { done, progress } = await copy(order('kept', [[1, 0, 3]]))
    expect({ done, progress }).toEqual({
      done: true,
      progress: [{ topic: 'kept.copy', partition: 1, next: 3, records: 3, first: 0, last: 2 }],
    })
    const copies = await committed('kept.copy', 1)
    expect(copies.map(({ key, value, timestamp }) => [text(key), text(value), timestamp])).toEqual([
      ['k', 'v', 1_700_000_000_123],
      ['k', null, 1_700_000_000_001],
      [null, '', 1_700_000_000_200],
    ])
    expect(headersOf(copies[0] as StoredRecord)).toEqual([
      ['trace', 'abc'],
      ['many', '1'],
      ['many', '2'],
      ['switchback.origin.cluster', 'T'],
      ['switchback.origin.topic', 'kept'],
      ['switchback.origin.partition', '1'],
      ['switchback.origin.offset', '0'],
    ])
    expect(headersOf(copies[2] as StoredRecord).at(-1)).toEqual(['switchback.origin.offset', '2'])
    expect(await committed('kept.copy', 0)).toEqual([])
  })

  test('only the range, whatever batches and compression it cuts through', async () => {
    await topics('cut')
    const producer = await producerOf()
    const messages = Array.from({ length: 50 }, (_, i) => ({ partition: 0, value: `${i} ${'x'.repeat(200)}` }))
    await producer.send({ topic: 'cut', compression: kafkajs.CompressionTypes.GZIP, messages })
    await producer.disconnect()
    const ranges: [number, number, number][] = [
      [0, 7, 12],
      [0, 30, 33],
    ]
    await copy(order('cut', ranges))
    const numbers = (await committed('cut.copy')).map(({ value }) => Number(text(value)?.split(' ')[0]))
    expect(numbers).toEqual([7, 8, 9, 10, 11, 30, 31, 32])
  })

  test('of transactions on the source only what was committed, and no marker', async () => {
    await topics('decided')
    const producer = await producerOf('decided-producer')
    for (const [value, commits] of [
      ['first', true],
      ['never', false],
      ['second', true],
    ] as const) {
      const transaction = await until(() => producer.transaction(), { what: 'no transaction', timeoutMs: TIMEOUT_MS })
      await transaction.send({ topic: 'decided', messages: [{ value, partition: 0 }] })
      await (commits ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    await until(async () => (await cluster.ends(['decided']))[0]?.partitions[0]?.[3] === 6, {
      what: 'markers',
      timeoutMs: TIMEOUT_MS,
    })
    const { progress } = await copy(order('decided', [[0, 0, 6]]))
    expect(valuesOf(await committed('decided.copy'))).toEqual(['first', 'second'])
    expect(progress).toMatchObject([{ records: 2, next: 6 }])
  })

  test('a transaction that is still open on the source stops the copy before it, and says so', async () => {
    await topics('undecided')
    await broker.produce('undecided', ['before'])
    const producer = await producerOf('undecided-producer')
    const transaction = await until(() => producer.transaction(), { what: 'no transaction', timeoutMs: TIMEOUT_MS })
    await transaction.send({ topic: 'undecided', messages: [{ value: 'open', partition: 0 }] })
    const copying = copy(order('undecided', [[0, 0, 2]]))
    await expect(copying).rejects.toMatchObject({
      type: errorTypes.precondition,
      message: expect.stringContaining('undecided-0 on T cannot be read from 1 to 2'),
    })
    await transaction.commit()
    await producer.disconnect()
    await until(async () => (await cluster.ends(['undecided']))[0]?.partitions[0]?.[3] === 3, {
      what: 'the marker',
      timeoutMs: TIMEOUT_MS,
    })
    await copy(order('undecided', [[0, 0, 2]]))
    expect(valuesOf(await committed('undecided.copy'))).toEqual(['before', 'open'])
  })

  test('more than a broker takes in one batch goes in several, in order; a record that is larger than that, compressed', async () => {
    await topics('large')
    const producer = await producerOf()
    for (let i = 0; i < 6; i++)
      await producer.send({ topic: 'large', messages: [{ partition: 0, value: `${i}${'y'.repeat(400_000)}` }] })
    await producer.send({
      topic: 'large',
      compression: kafkajs.CompressionTypes.GZIP,
      messages: [{ partition: 0, value: `6${'z'.repeat(3_000_000)}` }],
    })
    await producer.disconnect()
    await copy(order('large', [[0, 0, 7]]))
    const copies = await committed('large.copy')
    expect(copies.map(({ value }) => [text(value)?.[0], value?.length])).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((i) => [String(i), 400_001]),
      ['6', 3_000_001],
    ])
  })

  test('many partitions go together, each to its own', async () => {
    await topics('wide', 12)
    for (let partition = 0; partition < 12; partition++)
      await broker.produce('wide', [`a${partition}`, `b${partition}`], { partition })
    const ranges = Array.from({ length: 12 }, (_, p): [number, number, number] => [p, p % 2, 2])
    let transactions = 0
    const counting = {
      ...care,
      onward: () => {
        transactions++
        return true
      },
    }
    await copy(order('wide', ranges), counting)
    expect(transactions).toBe(1)
    for (let p = 0; p < 12; p++)
      expect(valuesOf(await committed('wide.copy', p))).toEqual(p % 2 === 0 ? [`a${p}`, `b${p}`] : [`b${p}`])
  })

  test('what has expired on the source is left out, and the rest is there', async () => {
    await topics('expired')
    await broker.produce('expired', ['0', '1', '2', '3'])
    await broker.admin.deleteTopicRecords({ topic: 'expired', partitions: [{ partition: 0, offset: '2' }] })
    const { progress } = await copy(order('expired', [[0, 0, 4]]))
    expect(valuesOf(await committed('expired.copy'))).toEqual(['2', '3'])
    expect(progress).toMatchObject([{ records: 2, next: 4 }])
  })
})

describe('exactly once', () => {
  test('a copy that is done copies nothing when it is ordered again', async () => {
    await topics('again')
    await broker.produce('again', ['0', '1'])
    await copy(order('again', [[0, 0, 2]]))
    const { progress } = await copy(order('again', [[0, 0, 2]]))
    expect(valuesOf(await committed('again.copy'))).toEqual(['0', '1'])
    expect(progress).toMatchObject([{ records: 2, first: 0, last: 1 }])
    expect(await cluster.copyProgress('copy.again')).toEqual(progress)
  })

  test('an attempt that stops goes on behind its last transaction', async () => {
    await topics('halves', 2)
    for (const partition of [0, 1]) {
      const producer = await producerOf()
      for (let i = 0; i < 7; i++)
        await producer.send({ topic: 'halves', messages: [{ partition, value: `${i}${'h'.repeat(900_000)}` }] })
      await producer.disconnect()
    }
    const ranges: [number, number, number][] = [
      [0, 0, 7],
      [1, 0, 7],
    ]
    const stopping = { ...care, onward: () => false }
    const stopped = await copy(order('halves', ranges), stopping)
    expect(stopped.done).toBe(false)
    const rest = await copyRanges(cluster, cluster, order('halves', ranges), care, signal)
    expect(rest).toMatchObject({ done: true, progress: [{ records: 7 }, { records: 7 }] })
    for (const partition of [0, 1])
      expect((await committed('halves.copy', partition)).map(({ value }) => text(value)?.[0])).toEqual(
        '0123456'.split(''),
      )
  })

  test('an older copier is refused from the moment a newer one opens the copy, and leaves nothing', async () => {
    await topics('fenced')
    const older = await cluster.openCopy('copy.fenced')
    const record = { offset: 0, timestamp: 1, key: null, value: Buffer.from('v'), headers: [] }
    const part = { topic: 'fenced.copy', partition: 0, records: [record], next: 1 }
    const newer = await cluster.openCopy('copy.fenced')
    await expect(older.append([part])).rejects.toMatchObject({
      type: errorTypes.notYet,
      message: expect.stringContaining('another one has taken over'),
    })
    await newer.append([part])
    await expect(older.append([part])).rejects.toMatchObject({ type: errorTypes.notYet })
    expect(valuesOf(await committed('fenced.copy'))).toEqual(['v'])
  })

  test.each(['arrived', 'lost'] as const)(
    'a commit whose answer is missing (it %s) is neither repeated nor lost',
    async (fate) => {
      const topic = `unknown.${fate}`
      await topics(topic)
      await broker.produce(topic, ['0', '1', '2'])
      const connections = new BrokerConnections('T', broker.config({ timeoutMs: TIMEOUT_MS }), broker.config().sasl)
      const flaky = {
        alias: 'T',
        user: connections.user,
        async call(at: never, api: API<never[], unknown>, args: never, aborting: never) {
          if ((api as unknown) !== endTxnV3.api) return connections.call(at, api, args, aborting)
          if (fate === 'arrived') await connections.call(at, api, args, aborting)
          throw new Error('the connection broke')
        },
      } as unknown as BrokerConnections
      const breaking: ClusterPort = { ...cluster, openCopy: (id) => openCopy(flaky, id, TIMEOUT_MS, undefined) }
      const orders = order(topic, [[0, 0, 3]])
      const broken = (begin: boolean) =>
        expect(copyRanges(cluster, breaking, { ...orders, begin }, care, signal)).rejects.toThrow(
          'the connection broke',
        )
      await broken(true)
      await copyRanges(cluster, cluster, { ...orders, begin: true }, care, signal)
      await broken(false)
      await connections.close()
      const { progress } = await copyRanges(cluster, cluster, orders, care, signal)
      expect(valuesOf(await committed(`${topic}.copy`))).toEqual(['0', '1', '2'])
      expect(progress).toMatchObject([{ records: 3, next: 3 }])
    },
  )

  test(
    'a copier killed in the middle, time and again, leaves every record once and in order',
    async () => {
      await topics('killed', 3)
      const producer = await producerOf()
      const count = 400
      for (const partition of [0, 1, 2]) {
        const messages = Array.from({ length: count }, (_, i) => ({ partition, value: `${i} ${'k'.repeat(20_000)}` }))
        for (let at = 0; at < count; at += 40)
          await producer.send({ topic: 'killed', messages: messages.slice(at, at + 40) })
      }
      await producer.disconnect()
      const all = order(
        'killed',
        [0, 1, 2].map((p) => [p, 0, count]),
      )
      const config = JSON.stringify(broker.config({ timeoutMs: TIMEOUT_MS }))
      await copyRanges(cluster, cluster, { ...all, begin: true }, care, signal)
      let kills = 0
      for (let round = 1; round <= 3; round++) {
        const child = spawn(process.execPath, [
          '--import',
          'tsx',
          'test/adapters/fixtures/copier.ts',
          config,
          JSON.stringify(all),
        ])
        const gone = new Promise((resolve) => child.once('exit', resolve))
        let said = 0
        child.stdout.on('data', (dots: Buffer) => (said += dots.length))
        const over = () => child.exitCode !== null
        await until(() => said >= round || over(), { what: 'a transaction', timeoutMs: PATIENCE_MS, pollMs: 2 })
        await sleep(round * 7)
        if (!over()) kills++
        child.kill('SIGKILL')
        await gone
      }
      expect(kills).toBeGreaterThan(0)
      const { done, progress } = await copyRanges(cluster, cluster, all, care, signal)
      expect(done).toBe(true)
      expect(progress.map(({ records }) => records)).toEqual([count, count, count])
      const expected = Array.from({ length: count }, (_, i) => i)
      for (const partition of [0, 1, 2]) {
        const copies = await committed('killed.copy', partition)
        expect(copies.map(({ value }) => Number(text(value)?.split(' ')[0]))).toEqual(expected)
        expect(copies.map((copy) => Number(headersOf(copy).at(-1)?.[1]))).toEqual(expected)
      }
    },
    SLOW_MS,
  )

  test('progress that is gone is no beginning: the copy refuses to go on', async () => {
    await topics('forgotten')
    await broker.produce('forgotten', ['0', '1'])
    await copy(order('forgotten', [[0, 0, 1]]))
    await broker.admin.deleteGroups(['copy.forgotten'])
    const again = copyRanges(cluster, cluster, order('forgotten', [[0, 0, 2]]), care, signal)
    await expect(again).rejects.toMatchObject({
      type: errorTypes.precondition,
      message: expect.stringContaining('copying again could copy twice'),
    })
    expect(valuesOf(await committed('forgotten.copy'))).toEqual(['0'])
  })

  test('nothing is written once the guard refuses', async () => {
    await topics('guarded')
    await broker.produce('guarded', ['0'])
    let asked = 0
    const guarding = {
      ...care,
      guard: async () => {
        asked++
        if (asked === 2) throw new Error('the lease is gone')
      },
    }
    await expect(copy(order('guarded', [[0, 0, 1]]), guarding)).rejects.toThrow('the lease is gone')
    expect(await committed('guarded.copy')).toEqual([])
  })
})
