/** One record of a batch as it is written, before its batch's offset and time are added (Kafka documentation, "Record"). */
export interface RawRecord {
  offsetDelta: number
  timestampDelta: bigint
  key: Buffer | null
  value: Buffer | null
  headers: [key: Buffer | null, value: Buffer | null][]
}

/**
 * The records of a batch, decompressed. By our own reading: the library's believes lengths that lead out of the buffer or backwards.
 * Throws Error when the bytes are no records.
 */
export function readRecords(bytes: Buffer, count: number): RawRecord[] {
  // A record takes seven bytes at least.
  if (count < 0 || count * 7 > bytes.length) throw malformed()
  const place = { at: 0 }
  return Array.from({ length: count }, () => readRecord(bytes, place))
}

interface Cursor {
  at: number
}

function readRecord(bytes: Buffer, place: Cursor): RawRecord {
  const length = varint(bytes, place)
  const end = place.at + length
  if (length <= 0 || end > bytes.length) throw malformed()
  place.at += 1
  const timestampDelta = varint64(bytes, place)
  const offsetDelta = varint(bytes, place)
  const key = nullable(bytes, place)
  const value = nullable(bytes, place)
  const headerCount = varint(bytes, place)
  if (headerCount < 0 || headerCount * 2 > end - place.at) throw malformed()
  const headers = Array.from({ length: headerCount }, (): [Buffer | null, Buffer | null] => [
    nullable(bytes, place),
    nullable(bytes, place),
  ])
  if (place.at !== end) throw malformed()
  return { offsetDelta, timestampDelta, key, value, headers }
}

function nullable(bytes: Buffer, place: Cursor): Buffer | null {
  const length = varint(bytes, place)
  if (length === -1) return null
  const end = place.at + length
  if (length < 0 || end > bytes.length) throw malformed()
  const value = bytes.subarray(place.at, end)
  place.at = end
  return value
}

/** Zigzag, seven bits a byte, the lowest first; five bytes at most. */
function varint(bytes: Buffer, place: Cursor): number {
  let raw = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = byteAt(bytes, place)
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
  }
  throw malformed()
}

/** As `varint`, ten bytes at most. */
function varint64(bytes: Buffer, place: Cursor): bigint {
  let raw = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = byteAt(bytes, place)
    raw |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
  }
  throw malformed()
}

function byteAt(bytes: Buffer, place: Cursor): number {
  const byte = bytes[place.at]
  if (byte === undefined) throw malformed()
  place.at += 1
  return byte
}

function malformed(): Error {
  return new Error('they are no records of Kafka')
}
