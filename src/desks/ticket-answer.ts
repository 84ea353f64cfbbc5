import { z } from 'zod'
import type { Ticket } from '../ports/tickets.ts'

/** What a desk says about one ticket. Unknown keys are dropped: they may carry anything. */
const ticketAnswer = z.object({
  id: z.union([z.string().min(1).max(200), z.number().int()]).transform(String),
  url: z.string().max(2000).optional().catch(undefined),
  state: z.string().max(200).optional().catch(undefined),
  token: z.string().optional().catch(undefined),
})
export type TicketAnswer = z.infer<typeof ticketAnswer>

const foundAnswer = z.union([z.array(ticketAnswer), ticketAnswer.transform((ticket) => [ticket])])

/** Tickets in the answer to a search for one. */
const mostFound = 1_000

export const ticketForm = '{"id":…,"url"?:…,"state"?:"open"|"processed"|"closed"}'

/** Null when the answer is no ticket. */
export function readTicket(answer: unknown): Ticket | null {
  const result = ticketAnswer.safeParse(answer)
  return result.success ? ticketOf(result.data) : null
}

/** The tickets in the answer to a search: a ticket, or a list of them. Null when it is neither. */
export function readFound(answer: unknown): TicketAnswer[] | null {
  if (Array.isArray(answer) && answer.length > mostFound) return null
  return foundAnswer.safeParse(answer).data ?? null
}

export function ticketOf({ id, url, state }: TicketAnswer): Ticket {
  const known = stateWords[state?.trim().toLowerCase() ?? '']
  return {
    id,
    state: known ?? 'unknown',
    // A link that is not http(s) would run in the browser of whoever clicks it.
    ...(url !== undefined && /^https?:\/\//.test(url) ? { url } : {}),
    ...(known === undefined && state !== undefined ? { detail: `the desk says "${state}"` } : {}),
  }
}

/** Desks name their states as they like; a word that is not here reads as unknown, with the desk's word as detail. */
const stateWords: Record<string, Ticket['state'] | undefined> = {
  open: 'open',
  new: 'open',
  pending: 'open',
  'in progress': 'open',
  in_progress: 'open',
  processed: 'processed',
  done: 'processed',
  resolved: 'processed',
  solved: 'processed',
  closed: 'closed',
}
