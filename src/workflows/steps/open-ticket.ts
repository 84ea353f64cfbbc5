import { ticketWords } from '../../domain/pages/ticket-words.ts'
import { whatStaysNeedsTheLink } from '../../domain/plan/plan.ts'
import { failureText } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { type TicketFact, commentTicket, registerTicket, ticketToken } from './tickets.ts'

interface Opened {
  id: string
  url?: string
  state: string
}

/** Opening may have happened although no answer came: looked for by its token before, and after a failure. */
async function findOrOpen(run: Run): Promise<Opened & { adapter: string }> {
  const { pair, link, operation } = run.plan
  const token = ticketToken(run)
  const found = await run.activities.reads.findTicket({ pair, token })
  if (found) return { adapter: 'found', ...found }
  try {
    return await run.activities.tickets.openTicket({
      lease: run.lease,
      token,
      link,
      // For workers of an earlier build; others write it themselves.
      ...ticketWords({ pair, operation, ...link, workflowId: run.record.workflowId }),
    })
  } catch (error) {
    const late = await run.activities.reads.findTicket({ pair, token })
    if (late) return { adapter: 'found', ...late }
    throw new StepProblem(
      `The ticket may or may not have been opened: ${failureText(error)}. No ticket with the token ${token} is found. ` +
        'Check the desk; "retry" checks again before it opens one.',
    )
  }
}

export const openTicket = defineStep({
  id: 'open-ticket',
  revision: 1,
  title: 'Ask for the link to be disabled',
  touchesSource: false,
  skip: 'never',
  observe: (run) =>
    run.activities.reads.disableDoor({
      ...run.link(),
      ...(whatStaysNeedsTheLink(run.plan) ? { moved: run.plan.topics } : {}),
    }),
  async prove(run, door) {
    if (door !== 'ticket') {
      const { from, to } = run.plan.link
      const fact: TicketFact = { door, openedAt: run.now() }
      const why = door === 'kept' ? `${from}->${to} stays on for topics that this run does not move` : door
      return { detail: `${why}: no ticket is needed`, fact }
    }
    const opened = await findOrOpen(run)
    const fact: TicketFact = {
      door,
      id: opened.id,
      ...(opened.url === undefined ? {} : { url: opened.url }),
      desk: opened.adapter,
      openedAt: run.now(),
    }
    registerTicket(run, fact)
    return { detail: `ticket ${opened.id}${opened.url ? ` (${opened.url})` : ''}`, fact }
  },
  async undo(run) {
    const { id } = run.result<TicketFact>('open-ticket') ?? {}
    if (id === undefined) return { detail: 'no ticket had been opened' }
    await commentTicket(run, id, { kind: 'withdrawn' })
    return { detail: `asked the desk on ticket ${id} not to act` }
  },
})
