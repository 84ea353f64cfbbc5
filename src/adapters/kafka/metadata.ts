import { metadataV12 } from '@platformatic/kafka'
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
  /** Topics that do not exist are not in it. */
  topics: Map<string, TopicMetadata>
  /** Topics the user may not even describe. */
  hidden: string[]
}

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
  const metadata: ClusterMetadata = {
    clusterId: answer.clusterId ?? '',
    brokers: new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }])),
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
  return metadata
}

/** Fails when the administrator may not see a topic: leaving it out would look as if it did not exist. */
export function expectVisible(metadata: ClusterMetadata): void {
  if (metadata.hidden.length > 0) throw refusalOf(TOPIC_HIDDEN, metadata.hidden.join(', '))
}
