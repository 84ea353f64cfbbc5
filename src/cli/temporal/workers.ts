import { messageOf } from '../message-of.ts'
import type { Temporal } from './connect.ts'

/** `TaskQueueType` of Temporal's API. */
const taskQueueTypes = { workflow: 1, activity: 2 } as const

/** How many workers polled the task queue in the last minutes; a text when the server does not tell. */
export async function workersOn(
  { connection, namespace }: Temporal,
  name: string,
  kind: 'workflow' | 'activity',
): Promise<number | string> {
  try {
    const answer = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the SDK's client does not export this enum
      taskQueueType: taskQueueTypes[kind],
    })
    return answer.pollers?.length ?? 0
  } catch (error) {
    return messageOf(error)
  }
}
