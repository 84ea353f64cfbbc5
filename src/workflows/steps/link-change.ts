import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import type { LinkChange } from '../../contract/activities.ts'
import { duration } from '../../domain/text/duration.ts'
import type { StepId } from '../../contract/steps.ts'

/** A provider's mirroring follows its selection when it next looks at its topics, every ten minutes by default, ms. */
const providerSelection = 1_200_000

export function selectionBudget(run: Run): number {
  const { stepBudget, linkChange } = run.plan.timing
  return linkChange === undefined ? stepBudget : Math.max(stepBudget, providerSelection)
}

/** Nothing of a provider's mirroring can be seen to move; it has its own times. `atLeastMs`: what waits for records that arrive. */
export function stillLink(run: Run, atLeastMs?: number): { stillMs?: number } {
  return run.plan.timing.linkChange === undefined ? { stillMs: Math.max(run.askAfter, atLeastMs ?? 0) } : {}
}

/**
 * Waits until a link is what was ordered: at once where the order is the act, up to hours where a provider carries it out, with
 * a warning when it takes longer than it does as a rule. An order that came to nothing is given again by itself; one that
 * failed needs a person.
 */
export async function linkChanged(
  run: Run,
  step: StepId,
  which: 'link' | 'nextLink',
  wanted: 'enabled' | 'disabled',
): Promise<string> {
  const { timing } = run.plan
  const { from, to } = run.link(which)
  const asRule = timing.linkChange
  const budgetMs = Math.max(asRule ?? timing.stepBudget, timing.linkChangeLimit ?? 0)
  const late = (afterMs: number, { detail }: LinkChange) =>
    `${from}->${to} is not ${wanted} after ${duration(afterMs / 1000)}: ${detail}.`
  const { verdict } = await run.until<LinkChange>(step, {
    probe: (waits, maxMs) =>
      waits.awaitLinkChange({
        ...run.link(which),
        wanted,
        pollMs: timing.linkPoll ?? timing.poll,
        idleMs: asRule === undefined ? Math.min(timing.stall, run.askAfter) : timing.stall,
        maxMs,
      }),
    reached: ({ reached, over }) => reached || over !== null,
    explain: (verdict) =>
      `${late(verdict.pace?.still.length ? verdict.pace.stillMs : budgetMs, verdict)} The run keeps checking; "retry" orders it again.`,
    budgetMs,
    ...stillLink(run),
    ...(asRule === undefined
      ? {}
      : {
          warning: {
            afterMs: asRule,
            text: (verdict) => `${late(asRule, verdict)} That is longer than as a rule; the run keeps checking.`,
          },
        }),
  })
  if (verdict.reached) return verdict.detail
  throw new StepProblem(`${from}->${to} is not ${wanted}: ${verdict.detail}`, {
    mayPassByItself: verdict.over === 'idle',
  })
}
