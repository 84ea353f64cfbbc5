import { runUpdates } from '../../contract/definitions.ts'
import { force as forceMessage } from '../../contract/messages.ts'
import { confirmInTerminal } from '../confirmation.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { remark, say } from '../output.ts'
import { queryPlan, update } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { withTemporal } from '../temporal/connect.ts'
import { aboutTo, refuseOtherPlan } from './approve.ts'

export interface ForceOptions extends GlobalOptions {
  by: string
  reason: string
  planHash?: string
  yes?: boolean
}

/** `switchback force`: the source is given up; the run asks for a new approval of what that costs. */
export async function force(workflowId: string, options: ForceOptions): Promise<ExitCode> {
  return withTemporal(options, async (temporal) => {
    const answer = await queryPlan(temporal, workflowId)
    refuseOtherPlan(answer, options.planHash)
    const payload = checkShape(
      forceMessage,
      { by: options.by, reason: options.reason, planHash: answer.hash },
      `force ${workflowId}`,
    )
    remark(aboutTo(answer))
    await confirmInTerminal(`Give ${answer.plan.source} up? A forced run never becomes planned again.`, options)
    const { message } = await update(temporal, workflowId, runUpdates.force, payload)
    say(`✔ ${message}`)
    return exitCodes.success
  })
}
