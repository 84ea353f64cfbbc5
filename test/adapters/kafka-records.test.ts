import { createRecordsBatch } from '@platformatic/kafka'
import { describe, expect, test } from 'vitest'
import { toOffset } from '../../src/adapters/kafka/offset.ts'
import { readBatches, type Batch } from '../../src/adapters/kafka/records/batch.ts'
import { canDecompress, decompress } from '../../src/adapters/kafka/records/compression.ts'
import { addBatch, newTally } from '../../src/adapters/kafka/records/tally.ts'
import { errorTypes } from '../../src/contract/errors.ts'

function encode(stamps: bigint[]): Buffer {
  const messages = stamps.map((timestamp) => ({ topic: 't', value: Buffer.from('v'), timestamp }))
  return createRecordsBatch(messages, {}).buffer
}

function batchOf(stamps: bigint[]): Batch {
  const [batch] = readBatches(encode(stamps))
  if (batch === undefined) throw new Error('the batch was not read')
  return batch
}

function tallied(batch: Batch, from: bigint, to: bigint) {
  const tally = newTally()
  addBatch(tally, batch, from, to)
  return tally
}

describe('batches', () => {
  test('a batch that is cut off at the end of an answer is left for the next', () => {
    const two = Buffer.concat([encode([1n, 2n]), encode([3n])])
    expect([...readBatches(two)].map(({ count }) => count)).toEqual([2, 1])
    expect([...readBatches(two.subarray(0, two.length - 1))].map(({ count }) => count)).toEqual([2])
    expect([...readBatches(two.subarray(0, 7))]).toEqual([])
  })

  test('a message format that cannot be counted is refused, not skipped', () => {
    const old = encode([1n])
    old.writeInt8(1, 16)
    expect(() => [...readBatches(old)]).toThrow('message format 1')
  })

  test('part of a batch has the times and the bytes of that part', () => {
    const batch = batchOf([1_000n, 5_000n, 3_000n, 9_000n])
    expect(tallied(batch, 1n, 3n)).toEqual({
      records: 2,
      controlMarkers: 0,
      bytes: Math.round(batch.bytes / 2),
      first: 3_000n,
      last: 5_000n,
    })
    expect(tallied(batch, 4n, 9n)).toMatchObject({ records: 0, bytes: 0, first: undefined })
  })

  test('a stamp that no date can hold is left out', () => {
    expect(tallied(batchOf([1_000n, 8_640_000_000_000_001n]), 0n, 2n)).toMatchObject({
      records: 2,
      first: 1_000n,
      last: 1_000n,
    })
  })

  test('what cannot be decompressed is still counted exactly, unless offsets are missing from it', () => {
    const unknownCodec = { ...batchOf([1n, 2n, 3n, 4n]), codec: 7 }
    expect(tallied(unknownCodec, 1n, 3n)).toMatchObject({ records: 2 })
    const compacted = { ...unknownCodec, count: 2 }
    expect(tallied(compacted, 0n, 4n)).toMatchObject({ records: 2 })
    expect(() => tallied(compacted, 1n, 3n)).toThrow(/records from offset 0 to 3 are compressed with codec 7/)
  })
})

describe('compression', () => {
  test('snappy in the framing of Java clients is read block by block', () => {
    // Raw snappy: length, then one literal of up to 60 bytes.
    const raw = (text: string) => Buffer.from([text.length, (text.length - 1) << 2, ...Buffer.from(text)])
    const block = (text: string) => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(raw(text).length)
      return Buffer.concat([length, raw(text)])
    }
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(decompress(2, Buffer.concat([header, block('first '), block('second')])).toString()).toBe('first second')
    expect(decompress(2, raw('bare')).toString()).toBe('bare')
    expect(canDecompress(0)).toBe(true)
    expect(canDecompress(7)).toBe(false)
  })
})

test('an offset that a number cannot hold exactly is refused with its place', () => {
  expect(toOffset(2n ** 53n - 1n, 't', 3)).toBe(Number.MAX_SAFE_INTEGER)
  expect(() => toOffset(2n ** 53n, 't', 3)).toThrow(/Partition 3 of t has offset 9007199254740992/)
  try {
    toOffset(2n ** 53n, 't', 3)
  } catch (error) {
    expect(error).toMatchObject({ type: errorTypes.rejected })
  }
})
