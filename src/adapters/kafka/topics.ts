import { createTopicsV7, deleteTopicsV6 } from '@platformatic/kafka'
import type { TopicId } from '../../contract/evidence.ts'
import type { NewTopic } from '../../ports/cluster.ts'
import { atController } from './controller.ts'
import { readEnds } from './ends.ts'
import { expectVisible, readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { BrokerRefusal, expectSuccess, withRowErrors } from './net/refusal.ts'

/** Kafka's word for the cluster's own default (2.4 and later). */
const BROKERS_DEFAULT = -1
const TOPIC_EXISTS = 36
const TOPIC_UNKNOWN = 3
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** Creates the topics that do not exist, and waits until every partition has a leader. */
export async function createTopics(
  connections: BrokerConnections,
  topics: NewTopic[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (topics.length === 0) return
  const wanted = topics.map(({ topic, partitions, replicas, settings }) => ({
    name: topic,
    numPartitions: partitions,
    replicationFactor: replicas ?? BROKERS_DEFAULT,
    assignments: [],
    configs: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }))
  await atController(connections, timeoutMs, signal, async (controller) => {
    const answer = await withRowErrors(
      connections.call(controller, createTopicsV7.api, [wanted, timeoutMs, false], signal),
    )
    for (const { name, errorCode } of answer.topics)
      if (errorCode !== TOPIC_EXISTS) expectSuccess(errorCode, `topic ${name}`)
  })
  await overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(
      connections,
      topics.map(({ topic }) => topic),
      signal,
    )
    expectVisible(metadata)
    for (const { topic } of topics) {
      const partitions = metadata.topics.get(topic)?.partitions ?? []
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) continue
      throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `topic ${topic}`, true)
    }
  })
}

/** Deletes topics that are still those they were, and hold no record: looked at right before. Answers what it left, and why. */
export async function deleteEmptyTopics(
  connections: BrokerConnections,
  topics: TopicId[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ topic: string; why: string }[]> {
  const ends = await readEnds(
    connections,
    topics.map(({ topic }) => topic),
    timeoutMs,
    signal,
  )
  const left: { topic: string; why: string }[] = []
  const empty = ends.filter(({ topic, topicId, partitions }) => {
    if (!topics.some((wanted) => wanted.topic === topic && wanted.topicId === topicId)) {
      left.push({ topic, why: 'it was created again by somebody else' })
      return false
    }
    const written = partitions.filter(([, start, end]) => start !== 0 || end !== 0).length
    if (written > 0) left.push({ topic, why: `${written} of its partitions have been written to` })
    return written === 0
  })
  if (empty.length > 0) {
    const names = empty.map(({ topic }) => topic)
    await atController(connections, timeoutMs, signal, async (controller) => {
      const wanted = names.map((name) => ({ name, topicId: NO_ID }))
      const answer = await withRowErrors(connections.call(controller, deleteTopicsV6.api, [wanted, timeoutMs], signal))
      for (const { name, errorCode } of answer.responses)
        if (errorCode !== TOPIC_UNKNOWN) expectSuccess(errorCode, `topic ${name ?? ''}`)
    })
    await overElections(timeoutMs, signal, async () => {
      const { topics: still } = await readMetadata(connections, names, signal)
      const [first] = still.keys()
      if (first !== undefined) throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `the deletion of ${first}`, true)
    })
  }
  return left
}
