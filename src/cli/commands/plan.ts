import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { sayJson, show } from '../output.ts'
import { planLines } from '../render/plan.ts'
import { queryPlan } from '../temporal/run-queries.ts'
import { withTemporal } from '../temporal/connect.ts'

export interface JsonOptions extends GlobalOptions {
  json?: boolean
}

/** `switchback plan`: the plan, its hash and what is expected of it. */
export async function plan(workflowId: string, options: JsonOptions): Promise<ExitCode> {
  const answer = await withTemporal(options, (temporal) => queryPlan(temporal, workflowId))
  if (options.json) sayJson(answer, 2)
  else show(planLines(answer))
  return exitCodes.success
}
