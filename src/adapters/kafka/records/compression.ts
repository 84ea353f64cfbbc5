import * as zlib from 'node:zlib'
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'
import { wasmDecompress } from './wasm-codecs.ts'

/** Node 22.15 and later have zstd; the types of version 20 do not know it. */
type ZlibLater = typeof zlib & { zstdDecompressSync?: (data: Buffer, options: zlib.ZlibOptions) => Buffer }

const { zstdDecompressSync } = zlib as ZlibLater

/** Java writes snappy in the framing of xerial: a magic, two versions, then blocks with their length before them. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER = 16
const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4]

/** Bytes to which the records of one batch may decompress: any producer may send some hundred KB that become gigabytes. */
export const mostDecompressed = 64 * 1024 * 1024

/** Codecs as in a batch's attributes: 1 gzip, 2 snappy, 3 lz4, 4 zstd (Node 22.15 or later). 0 is none. */
export function canDecompress(codec: number): boolean {
  return compressionsAlgorithmsByBitmask[codec]?.available === true
}

/** Throws when it is not of that codec, or decompresses to more than `mostDecompressed`. */
export function decompress(codec: number, data: Buffer): Buffer {
  switch (codec) {
    case 0:
      return data
    case GZIP:
      return limited(() => zlib.gunzipSync(data, { maxOutputLength: mostDecompressed }))
    case SNAPPY:
      return snappy(data)
    case LZ4:
      if (lz4Bound(data) > mostDecompressed) throw tooLarge()
      return wasmDecompress('lz4', data)
    case ZSTD:
      if (!zstdDecompressSync) throw new Error('zstd needs Node 22.15 or later')
      return limited(() => zstdDecompressSync(data, { maxOutputLength: mostDecompressed }))
    default:
      throw new Error(`codec ${codec} is not known`)
  }
}

function limited(work: () => Buffer): Buffer {
  try {
    return work()
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : error
  }
}

function tooLarge(): Error {
  return new Error(`they decompress to more than ${mostDecompressed / 1024 / 1024} MB`)
}

function snappy(data: Buffer): Buffer {
  // The library's snappy reads bare blocks only.
  const framed = data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
  const blocks = framed ? xerialBlocks(data) : [data]
  if (blocks.reduce((sum, block) => sum + snappyLength(block), 0) > mostDecompressed) throw tooLarge()
  return Buffer.concat(blocks.map((block) => wasmDecompress('snappy', block)))
}

function xerialBlocks(data: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = XERIAL_HEADER; at < data.length;) {
    const length = at + 4 <= data.length ? data.readInt32BE(at) : 0
    if (length <= 0 || at + 4 + length > data.length) throw new Error('it is not snappy')
    blocks.push(data.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

/** A block begins with its length when decompressed: seven bits a byte, the lowest first. */
function snappyLength(block: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new Error('it is not snappy')
}

const LZ4_MAGIC = 0x184d2204
const lz4BlockSizes: Record<number, number> = { 4: 64 * 1024, 5: 256 * 1024, 6: 1024 * 1024, 7: 4 * 1024 * 1024 }
/** A byte of LZ4 stands for at most so many. */
const lz4Ratio = 255

/** To how many bytes a frame decompresses at most, from the headers of its blocks (LZ4 frame format, 1.6). */
function lz4Bound(data: Buffer): number {
  if (data.length < 7 || data.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('it is not lz4')
  const flags = data.readUInt8(4)
  const largest = lz4BlockSizes[(data.readUInt8(5) >> 4) & 7] ?? 0
  const [withSize, withDictionary, withChecksums] = [flags & 0x08, flags & 0x01, flags & 0x10]
  let at = 7 + (withSize ? 8 : 0) + (withDictionary ? 4 : 0)
  let bound = 0
  while (at + 4 <= data.length) {
    const head = data.readUInt32LE(at)
    if (head === 0) break
    const length = head & 0x7fffffff
    bound += head >= 0x80000000 ? length : Math.min(largest, length * lz4Ratio)
    at += 4 + length + (withChecksums ? 4 : 0)
  }
  return bound
}
