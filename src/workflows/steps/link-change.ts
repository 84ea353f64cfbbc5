import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import type { StepId } from '../../contract/steps.ts'

/** A provider's mirroring follows its selection when it next looks at its topics, every ten minutes by default, ms. */
const providerSelection = 1_200_000

export function selectionBudget(run: Run): number {
  const { stepBudget, linkChange } = run.plan.timing
  return linkChange === undefined ? stepBudget : Math.max(stepBudget, providerSelection)
}

/**
 * Waits until a link is what was ordered: at once where the order is the act, up to hours where a provider carries it out.
 * An order that came to nothing is given again by itself; one that failed needs a person.
 */
export async function linkChanged(
  run: Run,
  step: StepId,
  which: 'link' | 'nextLink',
  wanted: 'enabled' | 'disabled',
): Promise<string> {
  const { timing } = run.plan
  const { from, to } = run.link(which)
  const budgetMs = timing.linkChange ?? timing.stepBudget
  const { verdict } = await run.until(step, {
    probe: (waits, maxMs) =>
      waits.awaitLinkChange({
        ...run.link(which),
        wanted,
        pollMs: timing.linkPoll ?? timing.poll,
        idleMs: timing.stall,
        maxMs,
      }),
    reached: ({ reached, over }) => reached || over !== null,
    explain: ({ detail }) =>
      `${from}->${to} is not ${wanted} after ${Math.round(budgetMs / 60_000)} minutes: ${detail}. The run goes on looking; "retry" orders it again.`,
    budgetMs,
  })
  if (verdict.reached) return verdict.detail
  throw new StepProblem(`${from}->${to} is not ${wanted}: ${verdict.detail}`, {
    mayPassByItself: verdict.over === 'idle',
  })
}
