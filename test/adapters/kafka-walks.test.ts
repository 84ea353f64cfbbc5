import { createRecordsBatch, metadataV12, type API } from '@platformatic/kafka'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findRecords, lastRecords } from '../../src/adapters/kafka/marks/marks.ts'
import { listOffsetsApi } from '../../src/adapters/kafka/list-offsets.ts'
import { readEnds } from '../../src/adapters/kafka/ends.ts'
import { contentDigest } from '../../src/adapters/kafka/marks/mark.ts'
import type { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { placeKey } from '../../src/adapters/kafka/places.ts'
import { digestRange } from '../../src/adapters/kafka/records/digest.ts'
import type { FetchedPartition } from '../../src/adapters/kafka/records/fetch.ts'

/**
 * Walks over logs that are made up, against a broker that fills its answers as Kafka does: in the order of the request, up to the
 * limits, the first batch of an answer whatever its size. Real brokers are asked in kafka-marks.test.ts.
 */

interface Stored {
  offset: number
  timestamp: number
  value: string
}

interface StoredBatch {
  base: number
  last: number
  kind: 'data' | 'commit' | 'abort'
  producer: number
  transactional: boolean
  records: Stored[]
  bytes: Buffer
}

interface Log {
  start: number
  high: number
  stable: number
  batches: StoredBatch[]
  aborted: { producerId: bigint; firstOffset: bigint; marker: number }[]
}

/** What happens to a log, one after the other. */
type Event =
  | { kind: 'plain' | 'committed' | 'aborted' | 'open'; values: number[]; stamps: number[]; size: number }
  | { kind: 'removed' }

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('plain' as const, 'committed' as const, 'aborted' as const),
      values: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
      stamps: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
      size: fc.constantFrom(1, 1, 1, 3_000, 90_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'removed' as const }) },
)

const log: fc.Arbitrary<Log> = fc
  .record({
    events: fc.array(event, { maxLength: 12 }),
    open: fc.boolean(),
    abortedTail: fc.constantFrom(0, 0, 0, 3, 40),
    expired: fc.nat(6),
    partly: fc.boolean(),
  })
  .map(({ events, open, abortedTail, expired, partly }) => {
    const small = { values: [0], stamps: [0, 0, 0, 0], size: 1 }
    const tail = Array.from({ length: abortedTail }, (): Event => ({ kind: 'aborted', ...small }))
    return written([...events, ...tail, ...(open ? [{ kind: 'open' as const, ...small }] : [])], expired, partly)
  })

function written(events: readonly Event[], expired: number, partly: boolean): Log {
  const batches: StoredBatch[] = []
  const aborted: Log['aborted'] = []
  let [next, stable, producer] = [0, -1, 1]
  const append = (kind: StoredBatch['kind'], transactional: boolean, records: Omit<Stored, 'offset'>[]) => {
    const base = next
    next += records.length
    const own = records.map((record, index) => ({ ...record, offset: base + index }))
    batches.push(stored({ base, last: next - 1, kind, producer, transactional, records: own }))
  }
  for (const happened of events) {
    if (happened.kind === 'removed') {
      // As the log cleaner leaves them: a whole batch, or single records of it; never the newest batch.
      const at = batches.findIndex(({ kind, transactional }) => kind === 'data' && !transactional)
      const batch = batches[at]
      if (batch === undefined || at === batches.length - 1) continue
      const left = partly ? batch.records.slice(0, -1) : []
      if (left.length === 0) batches.splice(at, 1)
      else batches[at] = stored({ ...batch, records: left })
      continue
    }
    const { kind, values, stamps, size } = happened
    const records = values.map((value, index) => ({
      timestamp: 1_000 + (stamps[index] ?? 0),
      value: `${value}${'x'.repeat(size)}`,
    }))
    producer++
    const first = next
    append('data', kind !== 'plain', records)
    if (kind === 'open') stable = first
    if (kind === 'committed' || kind === 'aborted') {
      if (kind === 'aborted') aborted.push({ producerId: BigInt(producer), firstOffset: BigInt(first), marker: next })
      append(kind === 'aborted' ? 'abort' : 'commit', true, [{ timestamp: 1_000, value: 'marker' }])
    }
  }
  const start = Math.min(expired, stable < 0 ? next : stable)
  return {
    start,
    high: next,
    stable: stable < 0 ? next : stable,
    batches: batches.filter(({ last }) => last >= start),
    aborted,
  }
}

function stored(batch: Omit<StoredBatch, 'bytes'>): StoredBatch {
  const { kind, producer, transactional, records, base, last } = batch
  const messages = records.map(({ timestamp, value }) => ({
    topic: 't',
    key: kind === 'data' ? Buffer.from('k') : Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]),
    value: Buffer.from(value),
    timestamp: BigInt(timestamp),
  }))
  const bytes = Buffer.from(createRecordsBatch(messages, { producerId: BigInt(producer) }).buffer)
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt16BE((transactional ? 1 << 4 : 0) | (kind === 'data' ? 0 : 1 << 5), 21)
  bytes.writeInt32BE(last - base, 23)
  return { ...batch, bytes }
}

interface Asked {
  topicId: string
  partitions: { partition: number; fetchOffset: bigint; partitionMaxBytes: number }[]
}

/** One topic `t` of these partitions. `answers`: the bytes of records in each answer. */
function brokerOf(logs: readonly Log[]): { connections: BrokerConnections; answers: number[] } {
  const answers: number[] = []
  const fetch = (maxBytes: number, committed: boolean, topics: Asked[]) => {
    const fetched = new Map<string, FetchedPartition>()
    let [left, given] = [maxBytes, 0]
    for (const { partition, fetchOffset, partitionMaxBytes } of topics.flatMap(({ partitions }) => partitions)) {
      if (fetched.has(placeKey('t', partition))) throw new Error('a partition is named twice')
      const log = logs[partition]
      if (log === undefined) throw new Error('no such partition')
      const offset = Number(fetchOffset)
      const answer = { errorCode: 0, highWatermark: BigInt(log.high), lastStable: BigInt(log.stable) }
      if (offset < log.start || offset > log.high) {
        fetched.set(placeKey('t', partition), { ...answer, errorCode: 1, aborted: [], records: Buffer.alloc(0) })
        continue
      }
      const end = committed ? log.stable : log.high
      const readable = log.batches.filter(({ last }) => last >= offset && last < end)
      const all = Buffer.concat(readable.map(({ bytes }) => bytes))
      const first = readable[0]?.bytes.length ?? 0
      const room = Math.min(partitionMaxBytes, Math.max(0, left))
      const size = first <= room ? Math.min(all.length, room) : given === 0 ? first : 0
      left -= size
      given += size
      const aborted = committed ? log.aborted.filter(({ marker }) => marker >= offset) : []
      fetched.set(placeKey('t', partition), { ...answer, aborted, records: all.subarray(0, size) })
    }
    answers.push(given)
    return fetched
  }
  const list = (isolation: number, topics: { partitions: { partitionIndex: number; timestamp: bigint }[] }[]) => ({
    topics: topics.map(({ partitions }) => ({
      name: 't',
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        const log = logs[partitionIndex]
        const records = log?.batches.flatMap((batch) => batch.records) ?? []
        const offset =
          timestamp === -1n
            ? isolation === 1
              ? log?.stable
              : log?.high
            : timestamp === -2n
              ? log?.start
              : (records.find((record) => BigInt(record.timestamp) >= timestamp)?.offset ?? -1)
        return { partitionIndex, errorCode: 0, offset: BigInt(offset ?? -1) }
      }),
    })),
  })
  const call = async (_broker: unknown, api: API<never[], unknown>, args: unknown[]) => {
    if ((api as unknown) === metadataV12.api) {
      const partitions = logs.map((_, partitionIndex) => ({
        partitionIndex,
        leaderId: 1,
        leaderEpoch: 0,
        replicaNodes: [1],
        errorCode: 0,
      }))
      return {
        clusterId: 'x',
        brokers: [{ nodeId: 1, host: 'localhost', port: 1 }],
        topics: [{ errorCode: 0, name: 't', topicId: 'id', isInternal: false, partitions }],
      }
    }
    if ((api as unknown) === listOffsetsApi) return list(args[1] as number, args[2] as Parameters<typeof list>[1])
    return fetch(args[2] as number, args[3] === 1, args[6] as Asked[])
  }
  return { connections: { alias: 'T', call } as unknown as BrokerConnections, answers }
}

function dataOf(log: Log, committed: boolean): Stored[] {
  const aborted = new Set(log.aborted.map(({ producerId }) => Number(producerId)))
  return log.batches
    .filter(
      ({ kind, last, producer }) => kind === 'data' && (!committed || (last < log.stable && !aborted.has(producer))),
    )
    .flatMap(({ records }) => records)
}

function digestOf(value: string): string {
  return contentDigest({ offset: 0n, timestamp: 0n, key: Buffer.from('k'), value: Buffer.from(value), headers: [] })
}

const NOT_LEADER_OR_FOLLOWER = 6

const placesOf = (logs: readonly Log[]) => logs.map((_, partition) => ({ topic: 't', partition }))

test('the last record of every partition is found, whatever lies behind it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(log, { minLength: 1, maxLength: 12 }), async (logs) => {
      const { connections } = brokerOf(logs)
      const lasts = await lastRecords(connections, placesOf(logs), 1_000, undefined)
      expect(
        lasts.map((last) => (last.found === 'record' ? [last.mark.offset, last.mark.digest] : last.found)),
      ).toEqual(
        logs.map((log) => {
          const last = dataOf(log, true).findLast(({ offset }) => offset < log.stable)
          if (last !== undefined) return [last.offset, digestOf(last.value)]
          return log.start === log.high ? 'empty' : 'no-record'
        }),
      )
    }),
    { numRuns: 80 },
  )
})

test('of every mark the lowest record is found, and none that is not there', async () => {
  const wanted = fc.array(fc.record({ partition: fc.nat(11), stamp: fc.nat(4), value: fc.nat(2), size: fc.constantFrom(1, 3_000) }), { maxLength: 20 }) // prettier-ignore
  await fc.assert(
    fc.asyncProperty(fc.array(log, { minLength: 1, maxLength: 12 }), wanted, async (logs, marks) => {
      const { connections } = brokerOf(logs)
      const asked = marks.map(({ partition, stamp, value, size }) => ({
        topic: 't',
        partition: partition % logs.length,
        timestamp: 1_000 + stamp,
        digest: digestOf(`${value}${'x'.repeat(size)}`),
      }))
      const found = await findRecords(connections, asked, 1_000, undefined)
      expect(found).toEqual(
        asked.map(({ partition, timestamp, digest }) => {
          const records = logs[partition] === undefined ? [] : dataOf(logs[partition], false)
          return (
            records.find((record) => record.timestamp === timestamp && digestOf(record.value) === digest)?.offset ??
            null
          )
        }),
      )
    }),
    { numRuns: 80 },
  )
})

test('a range is complete exactly where all of it can be read, and counts what is there', async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.nat(40), fc.nat(40), fc.boolean(), async (one, from, length, committed) => {
      const range = { topic: 't', partition: 0, from, to: from + length }
      const isolation = committed ? 'committed' : 'uncommitted'
      const { connections } = brokerOf([one])
      const found = await digestRange(connections, range, isolation, 1_000, undefined)
      const readable = committed ? one.stable : one.high
      const inRange = dataOf(one, committed).filter(
        ({ offset }) => offset >= Math.max(from, one.start) && offset < Math.min(range.to, readable),
      )
      expect(found.records).toBe(inRange.length)
      expect(found.complete).toBe(length === 0 || range.to <= Math.max(readable, one.start))
      expect(found.start).toBe(from < one.start && length > 0 ? Math.min(one.start, range.to) : undefined)
    }),
    { numRuns: 80 },
  )
})

test('one round trip suffices for thousands of partitions with small records, and no answer outgrows its limit', async () => {
  const plain = (size: number): Event => ({ kind: 'plain', values: [1], stamps: [0, 0, 0, 0], size })
  const small = Array.from({ length: 3_000 }, () => written([plain(1), plain(1)], 0, false))
  const few = brokerOf(small)
  expect(await lastRecords(few.connections, placesOf(small), 1_000, undefined)).toHaveLength(3_000)
  expect(few.answers).toHaveLength(1)
  const large = Array.from({ length: 200 }, () => written([plain(100_000)], 0, false))
  const many = brokerOf(large)
  expect((await lastRecords(many.connections, placesOf(large), 1_000, undefined)).map(({ found }) => found)).toEqual(
    large.map(() => 'record'),
  )
  expect(Math.max(...many.answers)).toBeLessThanOrEqual(8 * 1024 * 1024 + 200_000)
  expect(many.answers.length).toBeLessThan(8)
})

test('a broker that answers nothing, as it does to a client beyond its quota, is asked again', async () => {
  const { connections } = brokerOf([written([{ kind: 'plain', values: [1], stamps: [0, 0, 0, 0], size: 1 }], 0, false)])
  let held = 2
  const call = (broker: null, api: never, args: never[]) =>
    args.length === 9 && held-- > 0 ? Promise.resolve(new Map()) : connections.call(broker, api, args)
  const throttled = { alias: 'T', call } as unknown as BrokerConnections
  expect(await lastRecords(throttled, [{ topic: 't', partition: 0 }], 2_000, undefined)).toMatchObject([
    { found: 'record', mark: { offset: 0 } },
  ])
  held = 1_000
  await expect(lastRecords(throttled, [{ topic: 't', partition: 0 }], 200, undefined)).rejects.toMatchObject({
    error: 'THROTTLING_QUOTA_EXCEEDED',
  })
})

test('the leaders that were told a moment ago are asked at once, and looked for again when they refuse', async () => {
  const logs = [written([{ kind: 'plain', values: [1], stamps: [0, 0, 0, 0], size: 1 }], 0, false)]
  const { connections } = brokerOf(logs)
  let [read, listed, refusing] = [0, 0, false]
  const call = async (broker: null, api: never, args: never[]) => {
    if ((api as unknown) === metadataV12.api) [read, refusing] = [read + 1, false]
    if ((api as unknown) === listOffsetsApi) listed++
    const answer: unknown = await connections.call(broker, api, args)
    if (refusing && answer instanceof Map)
      for (const row of (answer as Map<string, FetchedPartition>).values()) row.errorCode = NOT_LEADER_OR_FOLLOWER
    return answer
  }
  const counted = { alias: 'T', call } as unknown as BrokerConnections
  const [ends] = await readEnds(counted, ['t'], 1_000, undefined)
  const places = (ends?.partitions ?? []).map(([partition, , , stable]) => ({ topic: 't', partition, stable }))
  ;[read, listed] = [0, 0]
  const found = [{ found: 'record', mark: { offset: 0 } }]
  expect(await lastRecords(counted, places, 1_000, undefined)).toMatchObject(found)
  expect([read, listed]).toEqual([0, 0])
  refusing = true
  expect(await lastRecords(counted, places, 1_000, undefined)).toMatchObject(found)
  expect(read).toBe(1)
})
