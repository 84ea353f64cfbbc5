import { CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow'
import type { TicketProgress } from '../../contract/progress.ts'
import { failureText } from '../runbook/failure-text.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { linkChanged } from './link-change.ts'
import { lookAfter } from './look-after-ticket.ts'
import { type TicketFact, commentTicket, registerTicket } from './tickets.ts'

/** Reminders grow rarer, so that a wait of a month stays a bounded history; never rarer than this, ms. */
const rarestReminder = 24 * 3_600_000

async function remind(run: Run, ticket: TicketProgress): Promise<void> {
  ticket.reminders += 1
  const openForMs = Date.parse(run.now()) - Date.parse(ticket.openedAt)
  const hours = Math.round(openForMs / 360_000) / 10
  const escalates = !ticket.escalated && openForMs >= run.plan.timing.ticketEscalation
  if (escalates) {
    ticket.escalated = true
    run.record.note(`ticket ${ticket.id} escalated after ${hours} h`)
  }
  const number = ticket.reminders
  try {
    await commentTicket(run, ticket.id, escalates ? { kind: 'escalation', hours } : { kind: 'reminder', number, hours })
  } catch (error) {
    run.record.note(`reminder ${ticket.reminders} did not reach the desk: ${failureText(error)}`)
  }
}

/** A run that takes over waits for a ticket that names another workflow: the desk is told whom to tell. */
async function tellWhoWaits(run: Run, ticket: TicketProgress): Promise<void> {
  const older = run.adopted && Date.parse(ticket.openedAt) < Date.parse(run.record.startedAt)
  if (!older || !patched('tells-who-waits')) return
  run.singleTry = true
  try {
    await commentTicket(run, ticket.id, { kind: 'taken-over' })
  } catch (error) {
    run.record.note(`ticket ${ticket.id} does not say yet that this run waits for it: ${failureText(error)}`)
  } finally {
    run.singleTry = false
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
  const settled = () => ticket.completedAt !== undefined || run.interrupted
  const looking = new CancellationScope({ cancellable: true })
  // Without a desk there is only the person who filed it.
  const looks = ticket.desk === 'manual' ? undefined : looking.run(() => lookAfter(run, ticket))
  looks?.catch((error: unknown) => {
    if (!isCancellation(error)) run.record.note(`the desk is not asked any more: ${failureText(error)}`)
  })
  try {
    for (;;) {
      run.publish()
      await condition(settled, interval, { summary: `reminds of ticket ${ticket.id}` })
      if (ticket.completedAt !== undefined) return
      run.interrupt()
      await remind(run, ticket)
      interval = Math.min(interval * 2, Math.max(rarestReminder, run.plan.timing.ticketReminder))
    }
  } finally {
    looking.cancel()
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
    if (ticket === undefined || ticket.completedAt !== undefined) return
    await tellWhoWaits(run, ticket)
    await completion(run, ticket)
  },
  async prove(run, fact) {
    if (fact?.door === 'self-service')
      return { detail: `self-service: ${await linkChanged(run, 'await-ticket', 'link', 'disabled')}`, fact: null }
    if (fact?.door === 'kept') return { detail: 'no ticket: the link stays on for other topics', fact: null }
    const ticket = run.record.tickets.find(({ id }) => id === fact?.id)
    return {
      detail: ticket ? `ticket ${ticket.id} completed by ${ticket.completedBy} at ${ticket.completedAt}` : 'no ticket',
      fact: ticket ?? null,
    }
  },
})
