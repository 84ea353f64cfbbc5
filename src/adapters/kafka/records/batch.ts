import { rejected } from '../../../ports/failures.ts'
import { canDecompress, decompress } from './compression.ts'
import { readRecords } from './record.ts'

/** A record batch, format 2: its header, and the records still compressed. */
export interface Batch {
  baseOffset: bigint
  lastOffset: bigint
  /** Of the whole batch as it is stored. */
  bytes: number
  /** Records left in it; compaction makes it smaller than the range of its offsets. */
  count: number
  codec: number
  logAppendTime: boolean
  transactional: boolean
  control: boolean
  producerId: bigint
  baseTimestamp: bigint
  maxTimestamp: bigint
  payload: Buffer
}

export interface BatchRecord {
  offset: bigint
  timestamp: bigint
  key: Buffer | null
  value: Buffer | null
  headers: [key: Buffer | null, value: Buffer | null][]
}

// Where the fields lie, in bytes from the start of the batch (Kafka documentation, "Record Batch").
const LENGTH_AT = 8
const HEAD = 12
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const BASE_TIMESTAMP_AT = 27
const MAX_TIMESTAMP_AT = 35
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61

const CODEC = 0b111
const LOG_APPEND_TIME = 1 << 3
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5
const zstd = { codec: 4, needs: 'Node 22.15 or later' }

/** The complete batches of an answer; brokers cut the last one off where the size limit falls. */
export function* readBatches(records: Buffer): Generator<Batch> {
  for (let at = 0; at + HEAD <= records.length;) {
    const bytes = HEAD + records.readInt32BE(at + LENGTH_AT)
    if (at + bytes > records.length) return
    if (bytes <= MAGIC_AT) throw noBatch(bytes)
    yield readBatch(records.subarray(at, at + bytes))
    at += bytes
  }
}

function noBatch(bytes: number): Error {
  return rejected(`The answer of a broker cannot be read: it has a batch of ${bytes} bytes.`)
}

function readBatch(batch: Buffer): Batch {
  const magic = batch.readInt8(MAGIC_AT)
  if (magic !== 2) {
    throw rejected(
      `Records in message format ${magic} cannot be counted: Switchback reads format 2 (Kafka 0.11 and later).`,
    )
  }
  if (batch.length < RECORDS_AT) throw noBatch(batch.length)
  const attributes = batch.readInt16BE(ATTRIBUTES_AT)
  const baseOffset = batch.readBigInt64BE(0)
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA_AT)),
    bytes: batch.length,
    count: batch.readInt32BE(COUNT_AT),
    codec: attributes & CODEC,
    logAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    producerId: batch.readBigInt64BE(PRODUCER_ID_AT),
    baseTimestamp: batch.readBigInt64BE(BASE_TIMESTAMP_AT),
    maxTimestamp: batch.readBigInt64BE(MAX_TIMESTAMP_AT),
    payload: batch.subarray(RECORDS_AT),
  }
}

/** No offset of the batch is without its record: what part of it holds can be computed. */
export function isDense(batch: Batch): boolean {
  return BigInt(batch.count) === batch.lastOffset - batch.baseOffset + 1n
}

/** This Node can decompress the batch; zstd came late. */
export function isReadable(batch: Batch): boolean {
  return canDecompress(batch.codec)
}

/** The records of a batch, one by one: decompressed, so only for batches whose header does not tell enough. */
export function decodeBatch(batch: Batch): BatchRecord[] {
  if (!isReadable(batch)) {
    const codec = batch.codec === zstd.codec ? `zstd, which needs ${zstd.needs}` : `codec ${batch.codec}`
    throw rejected(
      `The records from offset ${batch.baseOffset} to ${batch.lastOffset} are compressed with ${codec}, and the range asked ends among them: run the worker on ${zstd.needs}.`,
    )
  }
  try {
    const records = readRecords(decompress(batch.codec, batch.payload), batch.count)
    return records.map(({ offsetDelta, timestampDelta, key, value, headers }) => {
      const timestamp = batch.logAppendTime ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta
      return { offset: batch.baseOffset + BigInt(offsetDelta), timestamp, key, value, headers }
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw rejected(
      `The records from offset ${batch.baseOffset} to ${batch.lastOffset} cannot be read: ${why}. What they hold is not known.`,
    )
  }
}

/** The marker that ends a transaction without its records: control records have [version, type] as key, 0 is abort. */
export function isAbortMarker(batch: Batch): boolean {
  if (!batch.control) return false
  const [marker] = decodeBatch(batch)
  return marker?.key != null && marker.key.length >= 4 && marker.key.readInt16BE(2) === 0
}
