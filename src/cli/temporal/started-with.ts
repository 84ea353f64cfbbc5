import { readPayload } from '../../payloads/read.ts'
import { grpcCodes, serverError } from './grpc.ts'
import type { Temporal } from './connect.ts'

/** The start input of a run, from the first event of its history; empty when the history is gone. Needs no worker. */
export async function startedWith(
  { client, connection, namespace }: Temporal,
  workflowId: string,
): Promise<Record<string, unknown>> {
  try {
    const { history } = await connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId },
      maximumPageSize: 1,
    })
    const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]
    const input: unknown = payload ? await readPayload(client.options.loadedDataConverter, payload) : {}
    return typeof input === 'object' && input !== null ? { ...input } : {}
  } catch (error) {
    // Retention has removed it, or the database is another one: the options given must do.
    if (serverError(error)?.code === grpcCodes.notFound) return {}
    throw error
  }
}
