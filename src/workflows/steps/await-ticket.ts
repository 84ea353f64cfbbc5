import { condition } from '@temporalio/workflow'
import type { TicketProgress } from '../../contract/progress.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { linkChanged } from './link-change.ts'
import { type TicketFact, registerTicket } from './tickets.ts'

/** Reminders grow rarer, so that a wait of a month stays a bounded history; never rarer than this, ms. */
const rarestReminder = 24 * 3_600_000

/** The desk is asked for the ticket's state beside the signal, at growing intervals, ms. */
const firstLook = 60_000
const rarestLook = 3_600_000

async function remind(run: Run, ticket: TicketProgress): Promise<void> {
  ticket.reminders += 1
  const openForMs = Date.parse(run.now()) - Date.parse(ticket.openedAt)
  const hours = Math.round(openForMs / 360_000) / 10
  const escalates = !ticket.escalated && openForMs >= run.plan.timing.ticketEscalation
  if (escalates) {
    ticket.escalated = true
    run.record.note(`ticket ${ticket.id} escalated after ${hours} h`)
  }
  const text = escalates
    ? `ESCALATION: ${run.plan.pair} is unprotected; this ticket has been open for ${hours} h.`
    : `Reminder ${ticket.reminders}: this ticket has been open for ${hours} h.`
  try {
    await run.activities.writes.commentTicket({ lease: run.lease, id: ticket.id, text })
  } catch (error) {
    run.record.note(`reminder ${ticket.reminders} did not reach the desk: ${failureText(error)}`)
  }
}

/**
 * A desk that can be asked need not tell: a ticket that is processed or closed there counts as completed, and the run then
 * probes. What a desk says beside its state (it waits for an answer) is noted once.
 */
async function askDesk(run: Run, ticket: TicketProgress, noted: { detail?: string }): Promise<void> {
  try {
    const { state, detail } = await run.activities.reads.ticketState({ pair: run.plan.pair, id: ticket.id })
    if (detail !== undefined && detail !== noted.detail) run.record.note(`ticket ${ticket.id}: ${detail}`)
    if (detail !== undefined) noted.detail = detail
    if (ticket.completedAt !== undefined || (state !== 'processed' && state !== 'closed')) return
    ticket.completedAt = run.now()
    ticket.completedBy = `the desk's own state: ${detail ?? state}`
  } catch (error) {
    const text = `the desk could not be asked for ticket ${ticket.id}: ${failureText(error)}`
    if (text !== noted.detail) run.record.note(text)
    noted.detail = text
  }
}

async function completion(run: Run, ticket: TicketProgress): Promise<void> {
  const question = run.record.questions.ask({
    step: 'await-ticket',
    kind: 'ticket',
    text: `Ticket ${ticket.id}${ticket.url ? ` (${ticket.url})` : ''} asks to disable ${run.plan.link.from}->${run.plan.link.to}. When it is done, say so; the run then probes the link itself.`,
    choices: run.choices([]),
    at: run.now(),
    payload: () => ({ update: 'completeTicket', payload: { ticketId: ticket.id, completedBy: 'you' } }),
  })
  let interval = run.plan.timing.ticketReminder
  let reminderAt = Date.now() + interval
  // Without a desk there is only the person who filed it.
  let look = ticket.desk === 'manual' ? Infinity : (run.plan.timing.ticketPoll ?? firstLook)
  let lookAt = Date.now() + look
  const noted: { detail?: string } = {}
  const settled = () => ticket.completedAt !== undefined || run.interrupted
  try {
    for (;;) {
      run.publish()
      await condition(settled, Math.max(1, Math.min(reminderAt, lookAt) - Date.now()), {
        summary: `looks after ticket ${ticket.id}`,
      })
      if (ticket.completedAt !== undefined) return
      run.interrupt()
      if (Date.now() >= lookAt) {
        await askDesk(run, ticket, noted)
        look = Math.min(look * 2, rarestLook)
        lookAt = Date.now() + look
      }
      if (settled() || Date.now() < reminderAt) continue
      await remind(run, ticket)
      interval = Math.min(interval * 2, Math.max(rarestReminder, run.plan.timing.ticketReminder))
      reminderAt = Date.now() + interval
    }
  } finally {
    run.record.questions.close(question.id)
  }
}

export const awaitTicket = defineStep({
  id: 'await-ticket',
  revision: 1,
  title: 'Wait for the ticket',
  touchesSource: false,
  skip: 'never',
  observe: async (run) => run.result<TicketFact>('open-ticket') ?? null,
  async apply(run, fact) {
    if (fact?.door === 'self-service') {
      await run.activities.writes.disableLink({ lease: run.lease, link: run.link() })
      return
    }
    if (fact?.id === undefined) return
    registerTicket(run, fact)
    const ticket = run.record.tickets.find(({ id }) => id === fact.id)
    if (ticket && ticket.completedAt === undefined) await completion(run, ticket)
  },
  async prove(run, fact) {
    if (fact?.door === 'self-service')
      return { detail: `self-service: ${await linkChanged(run, 'await-ticket', 'link', 'disabled')}`, fact: null }
    const ticket = run.record.tickets.find(({ id }) => id === fact?.id)
    return {
      detail: ticket ? `ticket ${ticket.id} completed by ${ticket.completedBy} at ${ticket.completedAt}` : 'no ticket',
      fact: ticket ?? null,
    }
  },
})
