import type { TopicId } from '../../contract/evidence.ts'
import type { NewTopic } from '../../ports/cluster.ts'
import type { AdminClient } from './admin-client.ts'
import { readEnds } from './ends.ts'
import { expectVisible, readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { BrokerRefusal } from './net/refusal.ts'

/** Kafka's word for the cluster's own default (2.4 and later). */
const BROKERS_DEFAULT = -1

/** Creates the topics that do not exist, and waits until every partition has a leader. */
export async function createTopics(
  { admin, connections }: { admin: AdminClient; connections: BrokerConnections },
  topics: NewTopic[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (topics.length === 0) return
  const wanted = topics.map(({ topic, partitions, settings }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: BROKERS_DEFAULT,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }))
  // The library's own waiting for leaders fails while a broker has not heard of the topic.
  await admin.use(
    (client) => client.createTopics({ topics: wanted, waitForLeaders: false, timeout: timeoutMs }),
    signal,
  )
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
  { admin, connections }: { admin: AdminClient; connections: BrokerConnections },
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
    await admin.use((client) => client.deleteTopics({ topics: names, timeout: timeoutMs }), signal)
    await overElections(timeoutMs, signal, async () => {
      const { topics: still } = await readMetadata(connections, names, signal)
      const [first] = still.keys()
      if (first !== undefined) throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `the deletion of ${first}`, true)
    })
  }
  return left
}
