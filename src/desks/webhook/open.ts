import type { TicketDeskPort } from '../../ports/tickets.ts'
import type { WebhookDeskConfig } from './settings.ts'
import { webhookDesk } from './webhook.ts'

export async function open(pair: string, desk: WebhookDeskConfig): Promise<TicketDeskPort> {
  return webhookDesk(pair, desk)
}
