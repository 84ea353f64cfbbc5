import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import type { KnownOfTicket, TicketNews } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { Ticket, TicketDeskPort } from '../../ports/tickets.ts'
import { sentence } from '../faults.ts'

/**
 * Asks a desk once for a ticket. No news is a failure that Temporal retries, whatever the desk's own failure says of retrying: a
 * month of waiting leaves nothing in the history, and what stands in the way shows at the pending activity.
 */
export async function ticketNews(
  desk: () => Pick<TicketDeskPort, 'state'>,
  { id, known }: { id: string; known: KnownOfTicket },
  signal?: AbortSignal,
): Promise<TicketNews> {
  let ticket: Ticket
  try {
    ticket = await desk().state(id, signal)
  } catch (error) {
    if (signal?.aborted) throw error
    if (!known.silent) return { trouble: sentence(error) }
    throw noNews(`the desk could not be asked for ticket ${id}: ${sentence(error)}`)
  }
  const { state, detail } = ticket
  const over = state === 'processed' || state === 'closed'
  if (over || known.silent || (detail !== undefined && detail !== known.detail))
    return { state, ...(detail === undefined ? {} : { detail }) }
  throw noNews(`no news of ticket ${id}: ${detail ?? state}`)
}

function noNews(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: errorTypes.notYet,
    message,
    nonRetryable: false,
    category: ApplicationFailureCategory.BENIGN,
  })
}
