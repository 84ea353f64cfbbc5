import { matcherOr } from '../../domain/names/selection.ts'
import { some } from '../../domain/watch/look.ts'
import { failureText } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { type TicketFact, commentTicket, noteOthers, ticketToken } from './tickets.ts'

/** A desk tells the run as soon as it is done; the link's last task may take a minute to end, ms. */
const disabledWithin = 90_000

/**
 * A provider's staff cannot see the run: their case is told that the probe has confirmed their work. One try: a desk that
 * cannot be told is no reason to wait.
 */
async function tellCase(run: Run): Promise<void> {
  const ticket = run.result<TicketFact>('open-ticket')
  if (ticket?.id === undefined || ticket.desk !== 'ibm-cases') return
  run.singleTry = true
  try {
    await commentTicket(run, ticket.id, { kind: 'done' })
    const found = await run.activities.reads.findTicket({ pair: run.plan.pair, token: ticketToken(run) })
    noteOthers(run, ticket.id, found)
  } catch (error) {
    run.record.note(`ticket ${ticket.id} does not say yet that all is done: ${failureText(error)}`)
  } finally {
    run.singleTry = false
  }
}

/** A link that topics of other pairs, or topics that stayed, rely on is off for the topics of this run: no task has them, and no new task would get them. */
async function keptOn(run: Run): Promise<{ detail: string; fact: null }> {
  const { from, to } = run.plan.link
  const { topics, timing } = run.plan
  const { verdict } = await run.until('confirm-disabled', {
    probe: (waits, maxMs) =>
      waits.awaitAssigned({ ...run.link(), topics, present: false, pollMs: timing.linkPoll ?? timing.poll, maxMs }),
    reached: ({ reached }) => reached,
    explain: ({ detail }) => `${from}->${to} still mirrors topics of this run: ${detail}. The run keeps checking.`,
    budgetMs: Math.min(disabledWithin, timing.stepBudget),
  })
  if (!verdict.reached) throw new StepProblem(verdict.detail)
  const { selection } = await run.activities.reads.observeLink(run.link())
  // A selection that cannot be judged may have them.
  const selected = topics.filter(matcherOr(selection, true))
  if (selected.length > 0)
    throw new StepProblem(
      `${from}->${to} stays on for other topics, and its selection has topics of this run: ${some(selected)}. Take them out of the selection of the connector, then send retry.`,
    )
  return { detail: `${from}->${to} stays on for other topics, without the topics of this run`, fact: null }
}

export const confirmDisabled = defineStep({
  id: 'confirm-disabled',
  revision: 1,
  title: 'Confirm that the link is disabled',
  touchesSource: false,
  skip: 'never',
  observe: async () => null,
  async prove(run) {
    if (run.result<TicketFact>('open-ticket')?.door === 'kept') return keptOn(run)
    const { from, to } = run.plan.link
    const { verdict } = await run.until('confirm-disabled', {
      probe: (waits, maxMs) => waits.awaitDisabled({ ...run.link(), pollMs: run.plan.timing.poll, maxMs }),
      reached: ({ disabled }) => disabled,
      explain: ({ detail }) =>
        `${from}->${to} is not disabled, whatever the ticket says: ${detail}. Go back to the desk; the run keeps checking.`,
      budgetMs: Math.min(disabledWithin, run.plan.timing.stepBudget),
    })
    if (!verdict.disabled) throw new StepProblem(verdict.detail)
    await tellCase(run)
    return { detail: `${from}->${to} is off: ${verdict.detail}`, fact: verdict }
  },
})
