import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka'

/** Java writes snappy in the framing of xerial: a magic, two versions, then blocks with their length before them. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER = 16
const SNAPPY = 2

/** Codecs as in a batch's attributes: 1 gzip, 2 snappy, 3 lz4, 4 zstd (Node 22.15 or later). 0 is none. */
export function canDecompress(codec: number): boolean {
  return compressionsAlgorithmsByBitmask[codec]?.available === true
}

export function decompress(codec: number, data: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[codec]
  if (algorithm === undefined) throw new Error(`codec ${codec} is not known`)
  // The library's snappy reads bare blocks only, and does not survive being given framed ones.
  const blocks = codec === SNAPPY && isFramed(data) ? xerialBlocks(data) : [data]
  return Buffer.concat([...blocks].map((block) => Buffer.from(algorithm.decompressSync(block))))
}

function isFramed(data: Buffer): boolean {
  return data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
}

function* xerialBlocks(data: Buffer): Generator<Buffer> {
  for (let at = XERIAL_HEADER; at + 4 <= data.length;) {
    const length = data.readInt32BE(at)
    yield Buffer.from(data.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
}
