import { pairUpdates } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import { dischargeRequest } from '../../contract/pair-messages.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { say } from '../output.ts'
import { update } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { withTemporal } from '../temporal/connect.ts'

export interface DischargeOptions extends GlobalOptions {
  by: string
  note?: string
}

/** `switchback discharge`: something the pair is owed was done by hand. */
export async function discharge(pair: string, obligation: string, options: DischargeOptions): Promise<ExitCode> {
  const { by, note } = options
  const payload = checkShape(
    dischargeRequest,
    { id: obligation, by, ...(note === undefined ? {} : { note }) },
    'discharge',
  )
  return withTemporal(options, async (temporal) => {
    const { message } = await update(temporal, pairWorkflowId(pair), pairUpdates.dischargeObligation, payload)
    say(`✔ ${message}`)
    return exitCodes.success
  })
}
