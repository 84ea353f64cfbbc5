import type { WorkflowStartOptions } from '@temporalio/client'
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common'
import { searchAttributes, type OperationName } from '../../contract/names.ts'
import type { StartInput } from '../../contract/start-input.ts'
import { grpcCodes, serverError } from './grpc.ts'
import { remark } from '../output.ts'
import { clip } from '../render/words.ts'
import type { Temporal } from './connect.ts'

/** Temporal takes 400 bytes; the UI shows one line. */
const summaryLength = 120

export interface RunToStart {
  operation: OperationName
  input: StartInput
  workflowId: string
  taskQueue: string
}

/**
 * Starts a run. The workflow id is the run's identity: used before, even by a run that is over, the start is refused
 * (`WorkflowExecutionAlreadyStartedError`), so that a start repeated by a script or an impatient finger is one run.
 */
export async function startRun(temporal: Temporal, run: RunToStart): Promise<void> {
  const options: WorkflowStartOptions = {
    args: [run.input],
    workflowId: run.workflowId,
    taskQueue: run.taskQueue,
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: summary(run),
    memo: { pair: run.input.pair, operation: run.operation },
  }
  try {
    await temporal.client.workflow.start(run.operation, { ...options, typedSearchAttributes: attributes(run) })
  } catch (error) {
    if (!isUnknownAttribute(error)) throw error
    remark(
      `switchback: the namespace ${temporal.namespace} lacks the search attributes ${Object.values(searchAttributes).join(', ')}; started without them. \`switchback check\` says how to add them.`,
    )
    await temporal.client.workflow.start(run.operation, options)
  }
}

/** `failover/accounting/20260117-093000`, in UTC. */
export function defaultWorkflowId(operation: OperationName, pair: string, now: Date): string {
  const [day, time] = now.toISOString().split('T') as [string, string]
  return `${operation}/${pair}/${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`
}

function summary({ operation, input }: RunToStart): string {
  const text = `${input.dryRun ? 'dry run: ' : ''}${operation} of ${input.pair}, asked for by ${input.requestedBy}: ${input.reason}`
  return clip(text.replace(/\s+/g, ' '), summaryLength)
}

function attributes({ operation, input }: RunToStart): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: defineSearchAttributeKey(searchAttributes.pair, 'KEYWORD'), value: input.pair },
    { key: defineSearchAttributeKey(searchAttributes.operation, 'KEYWORD'), value: operation },
  ])
}

/** The server validates attributes before it starts anything. */
function isUnknownAttribute(error: unknown): boolean {
  const server = serverError(error)
  return server?.code === grpcCodes.invalidArgument && /search attribute/i.test(server.said)
}
