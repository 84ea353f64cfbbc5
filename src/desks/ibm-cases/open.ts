import type { TicketDeskPort } from '../../ports/tickets.ts'
import { ibmCases } from './ibm-cases.ts'
import type { IbmCasesConfig, Needs } from './settings.ts'

export async function open(pair: string, desk: IbmCasesConfig, needs: Needs): Promise<TicketDeskPort> {
  return ibmCases(pair, desk, needs)
}
