import { runQueries } from '../../contract/definitions.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { messageOf } from '../message-of.ts'
import { say } from '../output.ts'
import { callersText } from '../render/callers.ts'
import { callersOf } from '../temporal/callers.ts'
import { query } from '../temporal/run-queries.ts'
import { withTemporal } from '../temporal/connect.ts'

/** `switchback report`: the run's own Markdown, and who called by the history, which the run itself cannot see. */
export async function report(workflowId: string, options: GlobalOptions): Promise<ExitCode> {
  const text = await withTemporal(options, async (temporal) => {
    const own = await query(temporal, workflowId, runQueries.report)
    // The run's own report is what is needed; a history that may not be read takes nothing from it.
    const callers = await callersOf(temporal, workflowId).then(
      callersText,
      (error: unknown) => `Who called is not known: ${messageOf(error)}`,
    )
    return `${own.trimEnd()}\n\n${callers}`
  })
  say(text)
  return exitCodes.success
}
