import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { say } from '../output.ts'
import { query } from '../temporal/run-queries.ts'
import { withTemporal } from '../temporal/connect.ts'

/** `switchback report`: the run's own Markdown. */
export async function report(workflowId: string, options: GlobalOptions): Promise<ExitCode> {
  say(await withTemporal(options, (temporal) => query<string>(temporal, workflowId, 'report')))
  return exitCodes.success
}
