import { runQueries } from '../../contract/definitions.ts'
import type { OperationName } from '../../contract/names.ts'
import { startInputs, type StartInput } from '../../contract/start-input.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import type { StartOptions } from '../options.ts'
import { remark, say } from '../output.ts'
import { shellWord } from '../render/words.ts'
import { query } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { defaultWorkflowId, startRun, type RunToStart } from '../temporal/start-run.ts'
import { runsTaskQueue } from '../task-queue.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import { workersOn } from '../temporal/workers.ts'

/** `switchback failover|reset|failback`: checks the input's shape, starts the run, follows it when asked to. */
export async function start(operation: OperationName, pair: string, options: StartOptions): Promise<ExitCode> {
  const input = startInput(operation, fieldsOf(pair, options))
  const taskQueue = await runsTaskQueue(options)
  return withTemporal(options, (temporal) => startAndFollow(temporal, { operation, input, taskQueue }, options))
}

export async function startAndFollow(
  temporal: Temporal,
  run: Omit<RunToStart, 'workflowId'>,
  options: StartOptions,
): Promise<ExitCode> {
  const workflowId = options.workflowId ?? defaultWorkflowId(run.operation, run.input.pair, new Date())
  await startRun(temporal, { ...run, workflowId })
  // Alone on stdout, for a script; a person reads the remarks.
  if (!run.input.dryRun) say(workflowId)
  const workers = await workersOn(temporal, run.taskQueue, 'workflow')
  if (workers === 0)
    remark(`switchback: no worker polls the task queue ${run.taskQueue} now; the run waits in Temporal until one does.`)
  if (run.input.dryRun) return dryRun(temporal, workflowId, options)
  if (options.follow) return follow(temporal, workflowId, { patience: options.patience, json: false, quiet: false })
  remark(`switchback: started. Watch it with \`switchback progress ${shellWord(workflowId)} --follow\`.`)
  return exitCodes.success
}

async function dryRun(temporal: Temporal, workflowId: string, { patience }: StartOptions): Promise<ExitCode> {
  const code = await follow(temporal, workflowId, { patience, json: false, quiet: true })
  if (code !== exitCodes.waiting) say(await query(temporal, workflowId, runQueries.report))
  return code
}

/** The options as the contract's start input; what was not given is left out. */
export function fieldsOf(pair: string, options: StartOptions): Record<string, unknown> {
  const { by, reason, mode, approvedBy, topics, createTopics, dryRun, adopt, branch, replacement } = options
  const move = { mode, approvedBy, topics, createTopics, dryRun, adopt, branch, replacement }
  const fields = { pair, reason, requestedBy: by, ...move }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

export function startInput(operation: OperationName, fields: Record<string, unknown>): StartInput {
  return checkShape(startInputs[operation], fields, `start a ${operation} of ${String(fields['pair'])}`)
}
