import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'

/** A desk tells the run as soon as it is done; the link's last task may take a minute to end, ms. */
const disabledWithin = 90_000

export const confirmDisabled = defineStep({
  id: 'confirm-disabled',
  revision: 1,
  title: 'Confirm that the link is disabled',
  touchesSource: false,
  skip: 'never',
  observe: async () => null,
  async prove(run) {
    const { from, to } = run.plan.link
    const { verdict } = await run.until('confirm-disabled', {
      probe: (waits, maxMs) => waits.awaitDisabled({ ...run.link(), pollMs: run.plan.timing.poll, maxMs }),
      reached: ({ disabled }) => disabled,
      explain: ({ detail }) =>
        `${from}->${to} is not disabled, whatever the ticket says: ${detail}. Go back to the desk; the run goes on looking.`,
      budgetMs: Math.min(disabledWithin, run.plan.timing.stepBudget),
    })
    if (!verdict.disabled) throw new StepProblem(verdict.detail)
    return { detail: `${from}->${to} is off: ${verdict.detail}`, fact: verdict }
  },
})
