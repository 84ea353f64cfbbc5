import { listOffsetsV7 } from '@platformatic/kafka'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { expectSuccess, withRowErrors } from './net/refusal.ts'
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
  const answer = await withRowErrors(connections.call(leader, listOffsetsV7.api, [replica, isolation, asked], signal))
  const positions: Positions = new Map()
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      expectSuccess(errorCode, `partition ${partitionIndex} of ${name}`)
      positions.set(placeKey(name, partitionIndex), toOffset(offset, name, partitionIndex))
    }
  }
  return positions
}
