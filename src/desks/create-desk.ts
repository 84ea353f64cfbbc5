import type { Config, DeskConfig } from '../config/schema.ts'
import type { TicketDeskPort } from '../ports/tickets.ts'
import { ibmCases } from './ibm-cases/ibm-cases.ts'
import { manualDesk } from './manual/manual.ts'
import { webhookDesk } from './webhook/webhook.ts'

/** The support desk of a pair, by the adapter its configuration names. */
export function createDesk(pair: string, desk: DeskConfig, config: Config): TicketDeskPort {
  if (desk.adapter === 'ibm-cases') return ibmCases(pair, desk, config)
  return desk.adapter === 'webhook' ? webhookDesk(pair, desk) : manualDesk()
}
