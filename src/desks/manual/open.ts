import type { TicketDeskPort } from '../../ports/tickets.ts'

/** No desk is connected: a person files the ticket, and tells the run when it was processed. */
export async function open(): Promise<TicketDeskPort> {
  return {
    adapter: 'manual',
    find: () => Promise.resolve(null),
    // The same token gives the same id, so opening twice is one ticket.
    open: ({ token, summary }) =>
      Promise.resolve({
        id: `manual-${token}`,
        state: 'unknown',
        detail: `No desk is connected: file this ticket yourself ("${summary}"), with the reference manual-${token}, and complete it here when it was processed.`,
      }),
    state: (id) =>
      Promise.resolve({ id, state: 'unknown', detail: 'No desk is connected: the person who filed it knows.' }),
    // Nobody to send it to. The text stays in the run's history, where the person who filed the ticket reads it.
    comment: () => Promise.resolve(),
  }
}
