import type { Admin, ITopicConfig } from 'kafkajs'
import { until } from '../process/wait.ts'

/** Milliseconds until topics must be created and their leaders serve: at once on an idle machine. */
const SERVED_MS = 120_000
const POLL_MS = 20

/**
 * Creates topics that are not there, and waits until the leader of each of their partitions serves it. kafkajs's own waiting takes
 * it for a failure when the broker that it asks has not heard of the topic yet, and repeats no creation that was not answered in time.
 */
export async function createServedTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  if (topics.length === 0) return
  const created = async () => {
    await admin.createTopics({ topics, waitForLeaders: false })
    return true
  }
  await until(created, { what: 'creating topics', timeoutMs: SERVED_MS })
  for (const { topic, numPartitions, replicaAssignment } of topics) {
    const wanted = replicaAssignment?.length ?? numPartitions
    const served = async () => {
      const partitions = await admin.fetchTopicOffsets(topic)
      return partitions.length > 0 && (wanted === undefined || partitions.length >= wanted)
    }
    await until(served, { what: `${topic} is not served`, timeoutMs: SERVED_MS, pollMs: POLL_MS })
  }
}
