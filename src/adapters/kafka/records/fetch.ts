import { createAPI, fetchV12, type Reader } from '@platformatic/kafka'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'

/** What one fetch of one partition brought: record batches as they are stored. */
export interface FetchedPartition {
  errorCode: number
  highWatermark: bigint
  lastStable: bigint
  /** Transactions that ended in an abort and reach into `records`; their batches are in it, to be left out by the reader. */
  aborted: { producerId: bigint; firstOffset: bigint }[]
  records: Buffer
}

/**
 * Fetch by our own reading of the answer. The library's decompresses every batch and decodes every record, which a count
 * does not need, and which fails for zstd on Node 20; it also loses its place in answers with tagged fields.
 * Version 12 is the newest that names topics by name: Kafka 2.7 to 4.x.
 */
const fetchRaw = createAPI<Parameters<typeof fetchV12.createRequest>, FetchedPartition>(
  1,
  12,
  fetchV12.createRequest,
  (_correlationId, _key, _version, reader) => readAnswer(reader),
)

/** What a reader is given: only what is decided, with the aborted transactions named; or all, up to the high watermark. */
export type Isolation = 'uncommitted' | 'committed'
const levels: Record<Isolation, number> = { uncommitted: 0, committed: 1 }

const NO_SESSION = [0, -1] as const
/** Bytes of one answer: a round trip is worth it, and memory stays small with several scans at once. */
const MAX_BYTES = 4 * 1024 * 1024
/** How long the broker waits for something to be readable, ms; a scan reads what is there. */
const MAX_WAIT_MS = 100

/** Reads batches from `offset` on; the first may begin before it. */
export function fetchBatches(
  connections: BrokerConnections,
  leader: BrokerAddress,
  topic: string,
  partition: number,
  offset: number,
  isolation: Isolation,
  signal: AbortSignal | undefined,
): Promise<FetchedPartition> {
  const wanted = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: MAX_BYTES,
  }
  return connections.call(
    leader,
    fetchRaw,
    [MAX_WAIT_MS, 1, MAX_BYTES, levels[isolation], ...NO_SESSION, [{ topicId: topic, partitions: [wanted] }], [], ''],
    signal,
  )
}

/** One topic and one partition were asked for, so reading stops at the end of the first of each. */
function readAnswer(reader: Reader): FetchedPartition {
  reader.readInt32() // throttle time
  const errorCode = reader.readInt16()
  reader.readInt32() // session
  const topics = reader.readUnsignedVarInt() - 1
  if (errorCode !== 0 || topics < 1) {
    return { errorCode, highWatermark: -1n, lastStable: -1n, aborted: [], records: Buffer.alloc(0) }
  }
  reader.readString() // topic
  reader.readUnsignedVarInt() // one partition
  reader.readInt32() // its number
  const partition = {
    errorCode: reader.readInt16(),
    highWatermark: reader.readInt64(),
    lastStable: reader.readInt64(),
    logStart: reader.readInt64(),
    aborted: reader.readArray((row) => ({ producerId: row.readInt64(), firstOffset: row.readInt64() })),
    preferredReplica: reader.readInt32(),
  }
  const size = Math.max(0, reader.readUnsignedVarInt() - 1)
  const records = Buffer.from(reader.buffer.slice(reader.position, reader.position + size))
  return { ...partition, records }
}
