import { CliFailure, exitCodes, type ExitCode } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import { look } from '../temporal/look.ts'
import type { FollowOptions, GlobalOptions } from '../options.ts'
import { sayJson, show } from '../output.ts'
import { progressLines } from '../render/progress.ts'
import { withTemporal } from '../temporal/connect.ts'
import { liveLine } from '../render/live.ts'

export interface ProgressOptions extends GlobalOptions, FollowOptions {
  json?: boolean
}

/** `switchback progress`: one look, or until the end. */
export async function progress(workflowId: string, options: ProgressOptions): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
    if (options.follow)
      return follow(temporal, workflowId, { patience: options.patience, json: options.json === true, quiet: false })
    const { answer, live, description } = await look(temporal, workflowId)
    const now = new Date()
    if ('problem' in answer)
      throw new CliFailure(
        exitCodes.failed,
        `${workflowId} gives no answer (${answer.problem}). Temporal has it as ${description.status.name.toLowerCase()}${live.map((activity) => `; under way: ${liveLine(activity, now)}`).join('')}. Start a worker for the task queue ${description.taskQueue}; the run goes on then.`,
      )
    if (options.json) sayJson({ ...answer.progress, live }, 2)
    else show(progressLines(answer.progress, live, now))
    return exitCodes.success
  })
}
