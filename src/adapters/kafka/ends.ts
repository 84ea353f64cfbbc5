import { listOffsetsV7 } from '@platformatic/kafka'
import type { PartitionEnds, TopicEnds, TopicOffsets } from '../../contract/evidence.ts'
import { expectVisible, readMetadata, type ClusterMetadata } from './metadata.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { BrokerRefusal, expectSuccess, withRowErrors } from './net/refusal.ts'
import { toOffset } from './offset.ts'

type Positions = Map<string, number>
/** Partitions as brokers are asked for them. */
export type PartitionsAsked = { name: string; partitionIndexes: number[] }[]

const EARLIEST = -2n
const LATEST = -1n
const UNCOMMITTED = 0
const COMMITTED = 1
/** Who asks, as brokers tell them apart. */
const CONSUMER = -1
const DEBUGGING = -2

/** Start, high watermark and last stable offset of all partitions of the topics that exist: three requests a leader. */
export function readEnds(
  connections: BrokerConnections,
  topics: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TopicEnds[]> {
  return overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(connections, topics, signal)
    expectVisible(metadata)
    const rows = new Map<string, PartitionEnds>()
    await Promise.all(
      [...byLeader(metadata)].map(([leader, request]) => endsOfLeader(connections, leader, request, rows, signal)),
    )
    return [...metadata.topics.values()].map(({ topic, topicId, partitions }): TopicEnds => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => found(rows, topic, partition)),
    }))
  })
}

/** Log end offsets of the leaders, asked as Kafka's own debugging tools ask: with replica id -2 the answer is not cut at the high watermark. */
export function readLogEnds(
  connections: BrokerConnections,
  topics: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TopicOffsets[]> {
  return overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(connections, topics, signal)
    expectVisible(metadata)
    const leaders = [...byLeader(metadata)]
    const answers = await Promise.all(
      leaders.map(([leader, request]) => list(connections, leader, request, UNCOMMITTED, LATEST, signal, DEBUGGING)),
    )
    const all = new Map(answers.flatMap((positions) => [...positions]))
    return [...metadata.topics.values()].map(({ topic, partitions }) => ({
      topic,
      offsets: partitions.map(({ partition }) => [partition, found(all, topic, partition)]),
    }))
  })
}

/** The first offset whose record has this time stamp (ms) or a later one; null when there is none. */
export function readOffsetAt(
  connections: BrokerConnections,
  { topic, partition }: { topic: string; partition: number },
  timestamp: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  return overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(connections, [topic], signal)
    expectVisible(metadata)
    for (const [leader, request] of byLeader(metadata)) {
      const own = request.filter(({ partitionIndexes }) => partitionIndexes.includes(partition))
      if (own.length === 0) continue
      const one = [{ name: topic, partitionIndexes: [partition] }]
      const offset = found(
        await list(connections, leader, one, UNCOMMITTED, BigInt(timestamp), signal),
        topic,
        partition,
      )
      return offset < 0 ? null : offset
    }
    return null
  })
}

async function endsOfLeader(
  connections: BrokerConnections,
  leader: BrokerAddress,
  request: PartitionsAsked,
  rows: Map<string, PartitionEnds>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ask = (isolation: number, timestamp: bigint) => list(connections, leader, request, isolation, timestamp, signal)
  // In this order the answers agree while the log grows: S <= H, and an LSO read after H that has reached it proves that
  // nothing below H is undecided. Sent together: a broker carries out the requests of a connection one after the other.
  const [starts, highs, stables] = await Promise.all([
    ask(UNCOMMITTED, EARLIEST),
    ask(UNCOMMITTED, LATEST),
    ask(COMMITTED, LATEST),
  ])
  for (const { name, partitionIndexes } of request) {
    for (const partition of partitionIndexes) {
      const high = found(highs, name, partition)
      const stable = Math.min(found(stables, name, partition), high)
      // A connection that broke between them, and was opened anew, may turn them round.
      const start = Math.min(found(starts, name, partition), high)
      rows.set(key(name, partition), [partition, start, high, stable])
    }
  }
}

async function list(
  connections: BrokerConnections,
  leader: BrokerAddress,
  request: PartitionsAsked,
  isolation: number,
  timestamp: bigint,
  signal: AbortSignal | undefined,
  replica: number = CONSUMER,
): Promise<Positions> {
  const topics = request.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
  }))
  const answer = await withRowErrors(connections.call(leader, listOffsetsV7.api, [replica, isolation, topics], signal))
  const positions: Positions = new Map()
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      expectSuccess(errorCode, `partition ${partitionIndex} of ${name}`)
      positions.set(key(name, partitionIndex), toOffset(offset, name, partitionIndex))
    }
  }
  return positions
}

/** Which leader to ask for which partitions; a partition without one fails as a passing refusal. */
export function byLeader(metadata: ClusterMetadata): Map<BrokerAddress, PartitionsAsked> {
  const requests = new Map<BrokerAddress, PartitionsAsked>()
  for (const { topic, partitions } of metadata.topics.values()) {
    for (const { partition, leader } of partitions) {
      const broker = metadata.brokers.get(leader)
      if (broker === undefined) {
        throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic}`, true)
      }
      const request = requests.get(broker) ?? []
      requests.set(broker, request)
      const last = request.at(-1)
      if (last?.name === topic) last.partitionIndexes.push(partition)
      else request.push({ name: topic, partitionIndexes: [partition] })
    }
  }
  return requests
}

function key(topic: string, partition: number): string {
  return `${topic}\n${partition}`
}

/** A partition the broker left out of its answer: never taken for one without records. */
function found<T>(rows: Map<string, T>, topic: string, partition: number): T {
  const row = rows.get(key(topic, partition))
  if (row === undefined) {
    throw new BrokerRefusal('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partition} of ${topic}`, true)
  }
  return row
}
