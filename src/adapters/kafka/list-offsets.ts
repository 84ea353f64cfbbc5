import { createAPI, listOffsetsV7, Reader, Writer } from '@platformatic/kafka'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { expectSuccess, withRowErrors } from './net/refusal.ts'
import { RequestBytes } from './net/request-bytes.ts'
import { toOffset } from './offset.ts'
import { placeKey } from './places.ts'

/** Offsets by `placeKey`. */
export type Positions = Map<string, number>

export interface OffsetQuestion {
  topic: string
  partition: number
  /** ms since 1970, or `LATEST`, `EARLIEST`. */
  timestamp: bigint
  /** Whoever is not the leader of this epoch refuses. Absent: whoever leads by now answers. */
  leaderEpoch?: number
}

export const EARLIEST = -2n
export const LATEST = -1n

/** What of the log is asked about: up to the high watermark, to the last stable offset, or all that the broker itself holds. */
export type UpTo = 'high-watermark' | 'last-stable' | 'log-end'

const CONSUMER = -1
/** Kafka's own name of it; brokers answer it from the whole of their own log, whoever leads. */
const DEBUGGING = -2

const NOBODY_KNOWS_THE_EPOCH = -1

/** Bytes of a partition in the request, and of a topic beside its name. */
const PARTITION_BYTES = 17
const TOPIC_BYTES = 8

/** The library's request and answer, written to one buffer and read in one piece. */
export const listOffsetsApi = createAPI<
  Parameters<typeof listOffsetsV7.createRequest>,
  listOffsetsV7.ListOffsetsResponse
>(
  2,
  7,
  (replica: number, isolation: number, topics: listOffsetsV7.ListOffsetsRequestTopic[]) => {
    const size = topics.reduce(
      (sum, { name, partitions }) => sum + name.length + TOPIC_BYTES + PARTITION_BYTES * partitions.length,
      0,
    )
    const request = new RequestBytes(size).int32(replica).int8(isolation).array(topics.length)
    for (const { name, partitions } of topics) {
      request.string(name).array(partitions.length)
      for (const { partitionIndex, currentLeaderEpoch, timestamp } of partitions)
        request.int32(partitionIndex).int32(currentLeaderEpoch).int64(timestamp).untagged()
      request.untagged()
    }
    return Writer.create().append(request.untagged().bytes)
  },
  (id, key, version, answer) =>
    // The socket's pieces would be searched for every field.
    listOffsetsV7.parseResponse(id, key, version, Reader.from(answer.buffer.slice(answer.position))),
)

/** One ListOffsets of one leader; a place may be asked about once. An error of one place fails all. */
export async function listOffsets(
  connections: BrokerConnections,
  leader: BrokerAddress,
  questions: readonly OffsetQuestion[],
  upTo: UpTo,
  signal: AbortSignal | undefined,
): Promise<Positions> {
  const topics = new Map<string, { partitionIndex: number; currentLeaderEpoch: number; timestamp: bigint }[]>()
  for (const { topic, partition, timestamp, leaderEpoch } of questions) {
    const rows = topics.get(topic) ?? []
    topics.set(topic, rows)
    rows.push({ partitionIndex: partition, currentLeaderEpoch: leaderEpoch ?? NOBODY_KNOWS_THE_EPOCH, timestamp })
  }
  const asked = [...topics].map(([name, partitions]) => ({ name, partitions }))
  const replica = upTo === 'log-end' ? DEBUGGING : CONSUMER
  const isolation = upTo === 'last-stable' ? 1 : 0
  const answer = await withRowErrors(connections.call(leader, listOffsetsApi, [replica, isolation, asked], signal))
  const positions: Positions = new Map()
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      expectSuccess(errorCode, `partition ${partitionIndex} of ${name}`)
      positions.set(placeKey(name, partitionIndex), toOffset(offset, name, partitionIndex))
    }
  }
  return positions
}
