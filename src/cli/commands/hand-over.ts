import { pairUpdates } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import { handOverRequest } from '../../contract/pair-messages.ts'
import { confirmInTerminal } from '../confirmation.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { say } from '../output.ts'
import { update } from '../temporal/run-queries.ts'
import { checkShape } from '../shape.ts'
import { withTemporal } from '../temporal/connect.ts'

export interface HandOverOptions extends GlobalOptions {
  by: string
  reason: string
  yes?: boolean
}

/** `switchback hand-over`: closes an episode in doubt; people finish it by hand. */
export async function handOver(pair: string, options: HandOverOptions): Promise<ExitCode> {
  const payload = checkShape(handOverRequest, { by: options.by, reason: options.reason }, `hand ${pair} over`)
  return withTemporal(options, async (temporal) => {
    await confirmInTerminal(`Close the episode of ${pair} and finish it manually?`, options)
    const { message } = await update(temporal, pairWorkflowId(pair), pairUpdates.handOver, payload)
    say(`✔ ${message}`)
    return exitCodes.success
  })
}
