import type { PartitionEnds, TopicEnds, TopicOffsets } from '../../contract/evidence.ts'
import { rejected } from '../../ports/failures.ts'
import type { Place } from '../../ports/cluster.ts'
import { EARLIEST, LATEST, listOffsets, type OffsetQuestion, type Positions, type UpTo } from './list-offsets.ts'
import { expectVisible, readMetadata, type ClusterMetadata } from './metadata.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { BrokerRefusal } from './net/refusal.ts'
import { answered, placeKey, placesByLeader } from './places.ts'

/** Partitions as brokers are asked for them. */
export type PartitionsAsked = { name: string; partitionIndexes: number[] }[]

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
      [...placesByLeader(metadata, allOf(metadata))].map(([leader, places]) =>
        endsOfLeader(connections, leader, places, rows, signal),
      ),
    )
    return [...metadata.topics.values()].map(({ topic, topicId, partitions }): TopicEnds => ({
      topic,
      topicId,
      partitions: partitions.map(({ partition }) => answered(rows, topic, partition)),
    }))
  })
}

/**
 * Log end offsets of the leaders, whether they are replicated or not: asked as replica -2, which brokers of Kafka 2.8 to 4.x
 * answer from the end of their own log, and to whoever may Describe the topic (docs/adr/0037). A follower would answer as well,
 * from a log that is behind, so the leader's epoch is named. A broker that does not know the question fails as `Rejected`.
 */
export function readLogEnds(
  connections: BrokerConnections,
  topics: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TopicOffsets[]> {
  return overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(connections, topics, signal)
    expectVisible(metadata)
    const ends = await latest(connections, metadata, allOf(metadata), 'log-end', signal).catch((error: unknown) => {
      throw withoutLogEnds(connections.alias, error)
    })
    return [...metadata.topics.values()].map(({ topic, partitions }) => ({
      topic,
      offsets: partitions.map(({ partition }): [number, number] => [partition, answered(ends, topic, partition)]),
    }))
  })
}

/** Latest offsets of some partitions, of those that are there: one request a leader. */
export async function latest(
  connections: BrokerConnections,
  metadata: ClusterMetadata,
  places: readonly (Place & { leaderEpoch?: number })[],
  upTo: UpTo,
  signal: AbortSignal | undefined,
): Promise<Positions> {
  const questions = places.map(({ topic, partition, leaderEpoch }): OffsetQuestion => ({
    topic,
    partition,
    timestamp: LATEST,
    ...(upTo === 'log-end' && leaderEpoch !== undefined ? { leaderEpoch } : {}),
  }))
  const answers = await Promise.all(
    [...placesByLeader(metadata, questions)].map(([leader, asked]) =>
      listOffsets(connections, leader, asked, upTo, signal),
    ),
  )
  return new Map(answers.flatMap((positions) => [...positions]))
}

/** What a broker answers that does not know the question; elections and missing rights are failures of their own. */
function withoutLogEnds(alias: string, error: unknown): unknown {
  if (!(error instanceof BrokerRefusal) || error.passing || error.error.endsWith('_AUTHORIZATION_FAILED')) return error
  return rejected(
    `Cluster ${alias} does not report log end offsets: it answered ${error.error} for ${error.subject} (ListOffsets as replica -2). ` +
      'What its leaders have taken and not replicated cannot be seen there.',
  )
}

function allOf(metadata: ClusterMetadata): (Place & { leaderEpoch: number })[] {
  return [...metadata.topics.values()].flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, leaderEpoch }) => ({ topic, partition, leaderEpoch })),
  )
}

async function endsOfLeader(
  connections: BrokerConnections,
  leader: BrokerAddress,
  places: readonly Place[],
  rows: Map<string, PartitionEnds>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ask = (timestamp: bigint, upTo: UpTo) => {
    const questions = places.map(({ topic, partition }) => ({ topic, partition, timestamp }))
    return listOffsets(connections, leader, questions, upTo, signal)
  }
  // In this order the answers agree while the log grows: S <= H, and an LSO read after H that has reached it proves that
  // nothing below H is undecided. Sent together: a broker carries out the requests of a connection one after the other.
  const [starts, highs, stables] = await Promise.all([
    ask(EARLIEST, 'high-watermark'),
    ask(LATEST, 'high-watermark'),
    ask(LATEST, 'last-stable'),
  ])
  for (const { topic, partition } of places) {
    const high = answered(highs, topic, partition)
    const stable = Math.min(answered(stables, topic, partition), high)
    // A connection that broke between them, and was opened anew, may turn them round.
    const start = Math.min(answered(starts, topic, partition), high)
    rows.set(placeKey(topic, partition), [partition, start, high, stable])
  }
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
