import { createAPI, type fetchV12, Reader, Writer } from '@platformatic/kafka'
import type { Place } from '../../../ports/cluster.ts'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { BrokerRefusal, expectSuccess } from '../net/refusal.ts'
import { RequestBytes } from '../net/request-bytes.ts'
import { placeKey } from '../places.ts'

/** What one fetch brought of one partition: record batches as they are stored. */
export interface FetchedPartition {
  errorCode: number
  highWatermark: bigint
  lastStable: bigint
  /** Transactions that ended in an abort and reach into `records`; their batches are in it, to be left out by the reader. */
  aborted: { producerId: bigint; firstOffset: bigint }[]
  records: Buffer
}

/** By `placeKey`. A broker that holds a client back for its quota answers without any. */
export type FetchedPartitions = Map<string, FetchedPartition>

/** What is asked of a partition takes so many bytes, and of a topic beside its name. */
const PARTITION_BYTES = 33
const TOPIC_BYTES = 8
/** A consumer. */
const NO_REPLICA = -1
/** Of a follower only. */
const NO_LOG_START = -1n

/** As the library's, in one buffer. */
function createRequest(
  ...[maxWaitMs, minBytes, maxBytes, isolation, session, epoch, topics, , rack]: Parameters<
    typeof fetchV12.createRequest
  >
): Writer {
  const size = topics.reduce(
    (sum, { topicId, partitions }) => sum + topicId.length + TOPIC_BYTES + PARTITION_BYTES * partitions.length,
    64,
  )
  const request = new RequestBytes(size).int32(NO_REPLICA).int32(maxWaitMs).int32(minBytes).int32(maxBytes)
  request.int8(isolation).int32(session).int32(epoch).array(topics.length)
  for (const { topicId: name, partitions } of topics) {
    request.string(name).array(partitions.length)
    for (const { partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes } of partitions) {
      request.int32(partition).int32(currentLeaderEpoch).int64(fetchOffset).int32(lastFetchedEpoch)
      request.int64(NO_LOG_START).int32(partitionMaxBytes).untagged()
    }
    request.untagged()
  }
  // No topics that a session forgets.
  return Writer.create().append(request.array(0).string(rack).untagged().bytes)
}

/**
 * Fetch by our own reading of the answer. The library's decompresses every batch and decodes every record, which a count
 * does not need, and which fails for zstd on Node 20; it also loses its place in answers with tagged fields.
 * Version 12 is the newest that names topics by name: Kafka 2.7 to 4.x.
 */
export const fetchApi = createAPI<Parameters<typeof fetchV12.createRequest>, FetchedPartitions>(
  1,
  12,
  createRequest,
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

/** Where to read a partition on, and how much of it at most. */
export interface FetchFrom extends Place {
  offset: number
  maxBytes: number
}

export interface FetchLimits {
  isolation: Isolation
  /** Of the whole answer. The first partition that has anything is given a whole batch, however large. */
  maxBytes: number
  /** 0: answered at once, also where nothing is to be read. */
  maxWaitMs: number
}

/** One fetch of many partitions, each named once: they are filled in this order until the answer is full. */
export async function fetchPartitions(
  connections: BrokerConnections,
  leader: BrokerAddress,
  from: readonly FetchFrom[],
  { isolation, maxBytes, maxWaitMs }: FetchLimits,
  signal: AbortSignal | undefined,
): Promise<FetchedPartitions> {
  // A topic of its own for each run of its partitions: their order is the one given.
  const topics: { topicId: string; partitions: ReturnType<typeof wanted>[] }[] = []
  for (const place of from) {
    const last = topics.at(-1)
    if (last?.topicId === place.topic) last.partitions.push(wanted(place))
    else topics.push({ topicId: place.topic, partitions: [wanted(place)] })
  }
  const minBytes = maxWaitMs === 0 ? 0 : 1
  return await connections.call(
    leader,
    fetchApi,
    [maxWaitMs, minBytes, maxBytes, levels[isolation], ...NO_SESSION, topics, [], ''],
    signal,
  )
}

function wanted({ partition, offset, maxBytes }: FetchFrom) {
  return {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: maxBytes,
  }
}

/** Reads batches from `offset` on; the first may begin before it. */
export async function fetchBatches(
  connections: BrokerConnections,
  leader: BrokerAddress,
  topic: string,
  partition: number,
  offset: number,
  isolation: Isolation,
  signal: AbortSignal | undefined,
): Promise<FetchedPartition> {
  const limits = { isolation, maxBytes: MAX_BYTES, maxWaitMs: MAX_WAIT_MS }
  const answer = await fetchPartitions(
    connections,
    leader,
    [{ topic, partition, offset, maxBytes: MAX_BYTES }],
    limits,
    signal,
  )
  return answer.get(placeKey(topic, partition)) ?? heldBack(`partition ${partition} of ${topic}`)
}

/** Nothing was said of what was asked for: never taken for the end of the log. */
export function heldBack(subject: string): never {
  throw new BrokerRefusal('THROTTLING_QUOTA_EXCEEDED', subject, true)
}

function readAnswer(answer: Reader): FetchedPartitions {
  // In one piece: the socket's pieces would be searched for every field.
  const bytes = answer.buffer.slice(answer.position)
  const reader = Reader.from(bytes)
  reader.readInt32() // throttle time
  expectSuccess(reader.readInt16(), 'a fetch')
  reader.readInt32() // session
  const fetched: FetchedPartitions = new Map()
  for (let topics = reader.readUnsignedVarInt() - 1; topics > 0; topics--) {
    const topic = reader.readString()
    for (let partitions = reader.readUnsignedVarInt() - 1; partitions > 0; partitions--) {
      const partition = reader.readInt32()
      fetched.set(placeKey(topic, partition), readPartition(reader, bytes))
    }
    skipTaggedFields(reader)
  }
  return fetched
}

function readPartition(reader: Reader, bytes: Buffer): FetchedPartition {
  const errorCode = reader.readInt16()
  const highWatermark = reader.readInt64()
  const lastStable = reader.readInt64()
  reader.readInt64() // log start
  const aborted: FetchedPartition['aborted'] = []
  for (let rows = reader.readUnsignedVarInt() - 1; rows > 0; rows--) {
    aborted.push({ producerId: reader.readInt64(), firstOffset: reader.readInt64() })
    skipTaggedFields(reader)
  }
  reader.readInt32() // preferred replica
  const size = Math.max(0, reader.readUnsignedVarInt() - 1)
  const records = bytes.subarray(reader.position, reader.position + size)
  reader.skip(size)
  skipTaggedFields(reader)
  return { errorCode, highWatermark, lastStable, aborted, records }
}

/** Those that come with errors: the epoch and the leader that a broker knows of instead. */
function skipTaggedFields(reader: Reader): void {
  for (let fields = reader.readUnsignedVarInt(); fields > 0; fields--) {
    reader.readUnsignedVarInt() // tag
    reader.skip(reader.readUnsignedVarInt())
  }
}
