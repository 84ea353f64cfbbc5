import { metadataV12 } from '@platformatic/kafka'
import type { Place } from '../../ports/cluster.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { expectSuccess, refusalOf, withRowErrors } from './net/refusal.ts'

export interface TopicMetadata {
  topic: string
  topicId: string
  /** The brokers' own (`__consumer_offsets`). */
  internal: boolean
  /** Bit n: the user may do the operation with code n (Read 3, Write 4). Only when asked for. */
  operations: number
  /** By partition number, in order; leader -1: none at present; how many replicas it is to have. */
  partitions: { partition: number; leader: number; leaderEpoch: number; replicas: number }[]
}

export interface ClusterMetadata {
  clusterId: string
  brokers: Map<number, BrokerAddress>
  /** Who takes changes of topics and ACLs; with KRaft any broker, which passes them on. Null: none is known at present. */
  controller: BrokerAddress | null
  /** Topics that do not exist are not in it. */
  topics: Map<string, TopicMetadata>
  /** Topics the user may not even describe. */
  hidden: string[]
}

/** So long, ms, the leaders that were told last are asked without looking for them again. Whoever leads no longer refuses. */
const LEADERS_STAY_MS = 2_000
const lately = new WeakMap<BrokerConnections, { at: number; metadata: ClusterMetadata }>()

const TOPIC_UNKNOWN = 3
const TOPIC_HIDDEN = 29

/** Metadata of the topics named, of all (null) or of none ([]), as `broker` (or any, null) sees it. */
export async function readMetadata(
  connections: BrokerConnections,
  topics: string[] | null,
  signal: AbortSignal | undefined,
  options: { broker: BrokerAddress | null; operations: boolean } = { broker: null, operations: false },
): Promise<ClusterMetadata> {
  const names = topics === null ? null : [...new Set(topics)]
  const call = connections.call(options.broker, metadataV12.api, [names, false, options.operations], signal)
  const answer = await withRowErrors(call)
  const brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
  const metadata: ClusterMetadata = {
    clusterId: answer.clusterId ?? '',
    brokers,
    controller: brokers.get(answer.controllerId) ?? null,
    topics: new Map(),
    hidden: [],
  }
  for (const row of answer.topics) {
    const topic = row.name ?? ''
    if (row.errorCode === TOPIC_UNKNOWN) continue
    if (row.errorCode === TOPIC_HIDDEN) {
      metadata.hidden.push(topic)
      continue
    }
    expectSuccess(row.errorCode, `topic ${topic}`)
    metadata.topics.set(topic, {
      topic,
      topicId: row.topicId,
      internal: row.isInternal,
      operations: row.topicAuthorizedOperations,
      partitions: row.partitions
        .map(({ partitionIndex, leaderId, leaderEpoch, replicaNodes }) => ({
          partition: partitionIndex,
          leader: leaderId,
          leaderEpoch,
          replicas: replicaNodes.length,
        }))
        .sort((a, b) => a.partition - b.partition),
    })
  }
  if (names !== null && names.length > 0 && metadata.hidden.length === 0)
    lately.set(connections, { at: performance.now(), metadata })
  return metadata
}

/**
 * Metadata of the topics of these places for requests that only a leader answers and that need no topic's id: as they were told a
 * moment ago, where that has a leader for each place; else read. Whoever is refused reads them.
 */
export async function leadersOf(
  connections: BrokerConnections,
  places: readonly Place[],
  signal: AbortSignal | undefined,
): Promise<ClusterMetadata> {
  const last = lately.get(connections)
  if (last !== undefined && performance.now() - last.at < LEADERS_STAY_MS) {
    const { topics } = last.metadata
    const isLed = ({ topic, partition }: Place) => (topics.get(topic)?.partitions[partition]?.leader ?? -1) >= 0
    if (places.every(isLed)) return last.metadata
  }
  return await readMetadata(connections, [...new Set(places.map(({ topic }) => topic))], signal)
}

/** Fails when the administrator may not see a topic: leaving it out would look as if it did not exist. */
export function expectVisible(metadata: ClusterMetadata): void {
  if (metadata.hidden.length > 0) throw refusalOf(TOPIC_HIDDEN, metadata.hidden.join(', '))
}
