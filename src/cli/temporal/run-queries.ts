import type { QueryDefinition, UpdateDefinition } from '@temporalio/common'
import { pairQueries, runQueries } from '../../contract/definitions.ts'
import type { Progress, Question } from '../../contract/progress.ts'
import type { PlanAnswer } from '../../contract/plan.ts'
import { CliFailure, exitCodes } from '../exit-codes.ts'
import { remark } from '../output.ts'
import type { Temporal } from './connect.ts'
import { otherRelease } from './other-release.ts'

/** A query needs a worker; one that is busy replaying a long history takes some seconds. */
const queryTimeoutMs = 10_000
/** An update is answered by the worker as well, and may wait for a write that is under way. */
const updateTimeoutMs = 30_000

/** Asks a workflow; with a deadline, since without one a missing worker would keep the command waiting. */
export async function query<T>({ client }: Temporal, workflowId: string, asked: QueryDefinition<T>): Promise<T> {
  const answer = await client.withDeadline(Date.now() + queryTimeoutMs, () =>
    client.workflow.getHandle(workflowId).query(asked),
  )
  if (tellRelease.has(asked.name)) compareReleases(answer)
  return answer
}

const tellRelease = new Set<string>([runQueries.progress.name, pairQueries.status.name])
let compared = false

/** Once for a command: whoever follows a run for hours reads it at the beginning. */
function compareReleases(answer: unknown): void {
  if (compared) return
  compared = true
  const text = otherRelease((answer as { release?: string } | null)?.release)
  if (text !== undefined) remark(`switchback: ${text}.`)
}

/** Sends an update and waits for its answer. Refusals come as `WorkflowUpdateFailedError`. */
export function update<T, Payload>(
  { client }: Temporal,
  workflowId: string,
  sent: UpdateDefinition<T, [Payload]>,
  payload: Payload,
): Promise<T> {
  return client.withDeadline(Date.now() + updateTimeoutMs, () =>
    client.workflow.getHandle(workflowId).executeUpdate<T, [Payload]>(sent, { args: [payload] }),
  )
}

export async function queryProgress(temporal: Temporal, workflowId: string): Promise<Progress> {
  const progress = await query(temporal, workflowId, runQueries.progress)
  expectVersion(progress.version, `${workflowId} answers progress`)
  return progress
}

export async function queryPlan(temporal: Temporal, workflowId: string): Promise<PlanAnswer> {
  const answer = await query(temporal, workflowId, runQueries.plan)
  if (!('plan' in answer) || answer.hash === '')
    throw new CliFailure(
      exitCodes.failed,
      `${workflowId} has no finished plan yet: it is drawn up and assessed first. Follow it with \`switchback progress ${workflowId}\` and try again.`,
    )
  expectVersion(answer.plan.version, `${workflowId} answers plan`)
  return answer
}

/** The open question among those that fit. Undefined when none does; a refusal when several do and none was named. */
export function openQuestion(
  progress: Progress,
  fits: (question: Question) => boolean,
  named: string | undefined,
): Question | undefined {
  if (named !== undefined) return progress.waitingFor.find(({ id }) => id === named)
  const fitting = progress.waitingFor.filter(fits)
  if (fitting.length > 1)
    throw new CliFailure(
      exitCodes.usage,
      `${progress.workflowId} asks ${fitting.length} such questions: ${fitting.map(({ id }) => id).join(', ')}. Say which one with --question.`,
    )
  return fitting[0]
}

function expectVersion(version: number | undefined, what: string): void {
  if (version !== 1)
    throw new CliFailure(
      exitCodes.failed,
      `${what} in version ${version ?? '(none)'}, this command reads version 1. Use the release of switchback that the worker runs.`,
    )
}
