import { pairQueries } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { say, sayJson } from '../output.ts'
import { lagLines } from '../render/lag.ts'
import { withTemporal } from '../temporal/connect.ts'
import { query } from '../temporal/run-queries.ts'
import type { JsonOptions } from './plan.ts'

/** `switchback lag`: the pair's day of samples. */
export async function lag(pair: string, options: JsonOptions): Promise<ExitCode> {
  const answer = await withTemporal(options, (temporal) => query(temporal, pairWorkflowId(pair), pairQueries.lag))
  if (options.json) sayJson(answer, 2)
  else say(lagLines(answer, new Date()).join('\n'))
  return exitCodes.success
}
