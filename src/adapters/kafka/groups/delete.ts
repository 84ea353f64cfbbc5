import kafkajs from 'kafkajs'
import type { AdminClient } from '../admin-client.ts'

/** Kafka's code of a group that does not exist. */
const groupIdNotFound = 69

/** Deletes one group with its commits. One that is gone already is what was wanted. */
export async function deleteGroup(admin: AdminClient, group: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await admin.use((client) => client.deleteGroups([group]), signal)
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSDeleteGroupsError) {
      const left = error.groups.filter(({ errorCode }) => errorCode !== groupIdNotFound)
      if (left.length === 0) return
      throw left[0]?.error ?? error
    }
    throw error
  }
}
