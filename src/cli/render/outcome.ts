import type { Progress, RunState } from '../../contract/progress.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'

/** The exit code of a run that ended. A dry run that found something in the way has failed its purpose. */
export function outcomeCode(state: RunState, progress: Pick<Progress, 'findings'>): ExitCode {
  if (state === 'succeeded') return exitCodes.success
  if (state === 'refused') return exitCodes.refused
  if (state === 'dry-run')
    return progress.findings.some(({ severity }) => severity === 'blocking') ? exitCodes.failed : exitCodes.success
  return exitCodes.failed
}

/** A run that ended from outside: terminated, timed out or cancelled in Temporal. */
export function closedWithoutAnswer(workflowId: string, status: string): string {
  return `${workflowId} did not end by itself: Temporal says ${status.toLowerCase().replaceAll('_', ' ')}. Its pair may be in doubt: check with \`switchback status\`, then go on with \`switchback adopt\` or close it with \`switchback hand-over\`.`
}

export function silenceLine(taskQueue: string, problem: string): string {
  return `switchback: the run gives no answer (${problem}). It is safe in Temporal and goes on when a worker polls the task queue ${taskQueue}; still checking.`
}
