import { sleep } from '@temporalio/workflow'
import type { KnownOfTicket } from '../../contract/activities.ts'
import type { TicketProgress } from '../../contract/progress.ts'
import { looksUntilNews } from '../runbook/activities.ts'
import type { Run } from '../runbook/run.ts'

/** The desk is asked for the ticket's state beside the signal, at growing intervals, ms. */
const firstLook = 60_000
const rarestLook = 3_600_000
/** News come into the history: a desk that says another thing each time is listened to ever more rarely, ms. */
const longestRest = 6 * 3_600_000

/**
 * A desk that can be asked need not tell: a ticket that is processed or closed there counts as completed, and the run then
 * probes. What a desk says beside its state (it waits for an answer), and that it cannot be asked, is noted once. Returns when
 * the ticket is completed.
 */
export async function lookAfter(run: Run, ticket: TicketProgress): Promise<void> {
  const first = run.plan.timing.ticketPoll ?? firstLook
  const known: KnownOfTicket = { silent: false }
  const note = (text: string): void => {
    run.record.note(text)
    run.publish()
  }
  for (let rest = first; ticket.completedAt === undefined; rest = Math.min(rest * 2, longestRest)) {
    await sleep(rest, { summary: `before the desk is asked for ticket ${ticket.id}` })
    const { ticketNews } = looksUntilNews(rest, rarestLook, `follows ticket ${ticket.id}`)
    const news = await ticketNews({ pair: run.plan.pair, id: ticket.id, known })
    known.silent = 'trouble' in news
    if ('trouble' in news) {
      note(`the desk could not be asked for ticket ${ticket.id}: ${news.trouble}`)
      continue
    }
    const { state, detail } = news
    if (detail !== undefined && detail !== known.detail) note(`ticket ${ticket.id}: ${detail}`)
    if (detail !== undefined) known.detail = detail
    if (ticket.completedAt !== undefined || (state !== 'processed' && state !== 'closed')) continue
    ticket.completedAt = run.now()
    ticket.completedBy = `the desk's own state: ${detail ?? state}`
  }
}
