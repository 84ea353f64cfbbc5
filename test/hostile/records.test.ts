import { gzipSync } from 'node:zlib'
import { compressionsAlgorithms, createRecordsBatch } from '@platformatic/kafka'
import * as fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type Batch, decodeBatch, readBatches } from '../../src/adapters/kafka/records/batch.ts'
import { decompress, mostDecompressed } from '../../src/adapters/kafka/records/compression.ts'
import { longestTurn, runs } from './runs.ts'
import { Turns } from './turns.ts'

/** What a producer, or a broker that is not ours any more, may put into a topic of a pair. */

const turns = new Turns()
afterAll(() => turns.stop())
beforeEach(() => void turns.take())

const zeros = Buffer.alloc(mostDecompressed + 1)
const codecs = [
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
] as const

function records(compression: 'none' | 'gzip' | 'snappy' | 'lz4', count = 20): Buffer {
  const messages = Array.from({ length: count }, (_, at) => ({
    topic: 't',
    key: Buffer.from(`key ${at}`),
    value: Buffer.from(`value ${at} `.repeat(at)),
    timestamp: 1_700_000_000_000n + BigInt(at),
    headers: new Map([[Buffer.from('h'), Buffer.from(String(at))]]),
  }))
  return createRecordsBatch(messages, { compression }).buffer
}

function readAll(bytes: Buffer): Batch[] {
  const batches = [...readBatches(bytes)]
  for (const batch of batches) decodeBatch(batch)
  return batches
}

describe.each(codecs)('%s', (name, codec) => {
  test('is read as it was written', () => {
    const plain = [...readBatches(records('none'))].map(decodeBatch)
    expect(plain[0]).toHaveLength(20)
    expect([...readBatches(records(name))].map(decodeBatch)).toEqual(plain)
  })

  test('what would fill the memory is refused before it does', () => {
    const bomb = compressionsAlgorithms[name].compressSync(zeros)
    expect(bomb.length).toBeLessThan(mostDecompressed / 20)
    const before = process.memoryUsage().rss
    expect(() => decompress(codec, bomb)).toThrow('decompress to more than 64 MB')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
  })

  test('malformed data fails by itself, and the next is read', () => {
    const good = compressionsAlgorithms[name].compressSync(Buffer.from('all is well '.repeat(500)))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: good.length }),
        (changes, length) => {
          const bad = Buffer.from(good)
          for (const [at, byte] of changes) bad[at] = byte
          for (const data of [bad, bad.subarray(0, length)]) {
            try {
              expect(decompress(codec, data).length).toBeLessThanOrEqual(mostDecompressed)
            } catch (error) {
              expect(error).toBeInstanceOf(Error)
            }
          }
          expect(decompress(codec, good).toString()).toBe('all is well '.repeat(500))
          expect(turns.take()).toBeLessThan(longestTurn)
        },
      ),
      runs('data of a codec', 100, 1 / 12),
    )
  })
})

test('a block of snappy with a length that leads nowhere ends', () => {
  const framed = (length: number) => {
    const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
    const block = Buffer.alloc(12)
    block.writeInt32BE(length)
    return Buffer.concat([header, block])
  }
  for (const length of [-4, 0, -2_147_483_648, 2_147_483_647]) expect(() => decompress(2, framed(length))).toThrow()
})

test('a batch that cannot be read says which records it would have had', () => {
  const batch = records('gzip')
  gzipSync(Buffer.from('no records')).copy(batch, 61)
  expect(() => readAll(batch)).toThrow(/records from offset 0 to 19 cannot be read/)
})

test('whatever is changed in an answer, reading it ends: with records or with an error', () => {
  const good = Buffer.concat([records('none'), records('gzip', 5), records('lz4', 5), records('snappy', 5)])
  const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), byte), { minLength: 1, maxLength: 8 }),
      fc.nat({ max: good.length }),
      (changes, length) => {
        const bad = Buffer.from(good)
        for (const [at, value] of changes) bad[at] = value
        try {
          readAll(bad.subarray(0, length))
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
        expect(turns.take()).toBeLessThan(longestTurn)
      },
    ),
    runs('answers of a broker', 1_000, 1 / 2),
  )
})
