import { type ConnectionLike, isGrpcServiceError } from '@temporalio/client'
import type { Payload } from '@temporalio/common'

const notFound = 5

/** The first argument that a workflow was started with, as it is stored, from the first event of its history. Null: there is none. */
export async function startedInput(
  { connection, namespace }: { connection: ConnectionLike; namespace: string },
  workflowId: string,
): Promise<Payload | null> {
  try {
    const { history } = await connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId },
      maximumPageSize: 1,
    })
    return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? null
  } catch (error) {
    // Never started, removed by retention, or in another database. Calls of the service itself throw what the server said.
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined
    if (code === notFound) return null
    throw error
  }
}
