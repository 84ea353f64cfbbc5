import type { WorkflowExecutionDescription } from '@temporalio/client'
import type { Progress } from '../../contract/progress.ts'
import { grpcCodes, serverError } from './grpc.ts'
import { liveActivities } from './live-activities.ts'
import type { LiveActivity } from '../render/live.ts'
import { queryProgress } from './run-queries.ts'
import type { Temporal } from './connect.ts'

export interface View {
  description: WorkflowExecutionDescription
  live: LiveActivity[]
  /** What the run answers, or why it does not answer now (no worker polls, Temporal is away). */
  answer: { progress: Progress } | { problem: string }
}

/** A query that nobody took: too late, no poller, or the server is away. Worth another try. */
const nobodyTookIt: readonly number[] = [
  grpcCodes.cancelled,
  grpcCodes.deadlineExceeded,
  grpcCodes.failedPrecondition,
  grpcCodes.unavailable,
]

/** One look at a run: Temporal's description and the run's own answer. Fails when Temporal does not know the run. */
export async function look(temporal: Temporal, workflowId: string): Promise<View> {
  const [description, answer] = await Promise.all([
    temporal.client.workflow.getHandle(workflowId).describe(),
    answerOf(temporal, workflowId),
  ])
  return { description, live: await liveActivities(temporal.client, description), answer }
}

async function answerOf(temporal: Temporal, workflowId: string): Promise<View['answer']> {
  try {
    return { progress: await queryProgress(temporal, workflowId) }
  } catch (error) {
    const server = serverError(error)
    if (server === undefined || !nobodyTookIt.includes(server.code)) throw error
    return { problem: server.said }
  }
}
