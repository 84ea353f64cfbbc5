import { fetchV12, listOffsetsV7, type Connection, type Writer } from '@platformatic/kafka'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { listOffsetsApi } from '../../src/adapters/kafka/list-offsets.ts'
import { fetchApi } from '../../src/adapters/kafka/records/fetch.ts'

/** What an API sends, without a connection. */
function bodyOf(api: typeof listOffsetsApi | typeof fetchApi, args: unknown[]): Buffer {
  let body: Buffer = Buffer.alloc(0)
  const send = (_key: number, _version: number, create: () => Writer) => {
    body = create().buffer
  }
  ;(api as (connection: Connection, ...args: unknown[]) => void)({ send } as unknown as Connection, ...args)
  return body
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const name = fc.oneof(fc.string({ maxLength: 249 }), fc.string({ unit: 'grapheme', maxLength: 40 }))
const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 200 })

test('a ListOffsets of any partitions is the one that the library writes', () => {
  const partition = fc.record({ partitionIndex: int32, currentLeaderEpoch: int32, timestamp: int64 })
  const topics = many(fc.record({ name, partitions: many(partition) }))
  fc.assert(
    fc.property(int32, fc.constantFrom(0, 1), topics, (replica, isolation, asked) => {
      const body = bodyOf(listOffsetsApi, [replica, isolation, asked])
      expect(body.equals(listOffsetsV7.createRequest(replica, isolation, asked).buffer)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a Fetch of any partitions is the one that the library writes', () => {
  const partition = fc.record({
    partition: int32,
    currentLeaderEpoch: int32,
    fetchOffset: int64,
    lastFetchedEpoch: int32,
    partitionMaxBytes: int32,
  })
  const topics = many(fc.record({ topicId: name, partitions: many(partition) }))
  fc.assert(
    fc.property(
      fc.tuple(int32, int32, int32),
      fc.constantFrom(0, 1),
      topics,
      ([wait, least, most], isolation, asked) => {
        const body = bodyOf(fetchApi, [wait, least, most, isolation, 0, -1, asked, [], ''])
        expect(body.equals(fetchV12.createRequest(wait, least, most, isolation, 0, -1, asked, [], '').buffer)).toBe(
          true,
        )
      },
    ),
    { numRuns: 50 },
  )
})
