import type { DeskConfiguration } from './configuration.ts'
import { disableLink } from './disable-link.ts'
import { tellWorkflow } from './tell-workflow.ts'
import type { Ticket, TicketStore } from './ticket-store.ts'

export type Processing = {
  completedBy: string
  /** Faults of a desk: say "processed" and disable nothing; do not tell the workflow, or tell it twice. */
  lie: boolean
  signals: number
}

/** What a provider's staff does with a ticket: disable the link, see that it has stopped, close the matter, tell who asked. */
export async function processTicket(
  store: TicketStore,
  configuration: DeskConfiguration,
  ticket: Ticket,
  { completedBy, lie, signals }: Processing,
): Promise<void> {
  const { from, to } = ticket.link
  const stopped = lie ? undefined : await disableLink(connectOf(configuration, to), ticket.link, ticket.connectors)
  const note = stopped
    ? `Mirroring ${from}->${to} is disabled: ${stopped.join(', ')} stopped.`
    : `Mirroring ${from}->${to} is disabled.`
  store.comment(ticket, completedBy, note)
  store.setState(ticket, 'processed')

  if (ticket.workflowId === undefined) return
  for (let sent = 0; sent < signals; sent++) {
    try {
      await tellWorkflow(configuration.temporal, ticket.workflowId, { ticketId: ticket.id, completedBy, note })
    } catch (error) {
      // The work is done all the same; the requester can read it here.
      const why = error instanceof Error ? error.message : String(error)
      store.comment(ticket, 'desk', `Could not tell workflow ${ticket.workflowId}: ${why}`)
    }
  }
}

function connectOf({ connect }: DeskConfiguration, alias: string): string {
  const url = connect[alias]
  if (url === undefined) throw new Error(`this desk knows no cluster ${alias}, only ${Object.keys(connect).join(', ')}`)
  return url
}
