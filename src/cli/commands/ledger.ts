import { pairQueries } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import { pairLedgerMarkdown } from '../../domain/losses/ledger-text.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { say, sayJson } from '../output.ts'
import { withTemporal } from '../temporal/connect.ts'
import { query } from '../temporal/run-queries.ts'
import type { JsonOptions } from './plan.ts'

/** `switchback ledger`: what was stranded, and what was decided on it; also after the episode is closed. */
export async function ledger(pair: string, options: JsonOptions): Promise<ExitCode> {
  const answer = await withTemporal(options, (temporal) => query(temporal, pairWorkflowId(pair), pairQueries.ledger))
  if (options.json) sayJson(answer, 2)
  else say(pairLedgerMarkdown(answer))
  return exitCodes.success
}
