import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { selectionBudget } from './link-change.ts'

/**
 * A paused link keeps its old selection until it resumes, and with a dark source it may never. Giving the source up, it is
 * stopped: the new selection then counts from its next start on.
 */
async function stopPaused(run: Run): Promise<void> {
  const link = run.link()
  const { state } = await run.activities.reads.observeLink(link)
  if (state !== 'paused') return
  await run.activities.writes.disableLink({ lease: run.lease, link })
  run.record.note(`${link.from}->${link.to} was paused: it was stopped, since ${link.from} is given up`)
}

export const disableTopics = defineStep({
  id: 'disable-topics',
  revision: 1,
  title: 'Disable the mirrored topics',
  touchesSource: false,
  skip: 'never',
  observe: (run) =>
    run.activities.reads.planSelection({ ...run.link(), naming: run.plan.naming, remove: run.plan.topics }),
  async apply(run, selection) {
    // An absent link mirrors nothing, so there is nothing to take out.
    if (selection.before === null || selection.before === selection.after) return
    if (run.forced) await stopPaused(run)
    await run.activities.writes.setSelection({
      lease: run.lease,
      link: run.link(),
      text: selection.after,
      expected: selection.before,
    })
  },
  async prove(run, selection) {
    const { verdict } = await run.until('disable-topics', {
      probe: (waits, maxMs) =>
        waits.awaitAssigned({
          ...run.link(),
          topics: run.plan.topics,
          present: false,
          pollMs: run.plan.timing.linkPoll ?? run.plan.timing.poll,
          maxMs,
        }),
      budgetMs: selectionBudget(run),
      reached: ({ reached }) => reached,
      explain: ({ detail }) =>
        `Topics are still mirrored from ${run.plan.link.from} to ${run.plan.link.to}: ${detail}. The run goes on looking.`,
    })
    if (!verdict.reached) throw new StepProblem(verdict.detail)
    return {
      detail: `${run.plan.topics.length} topics taken out of ${run.plan.link.from}->${run.plan.link.to}`,
      fact: selection,
      entries: [{ type: 'protection', link: null, at: run.now() }],
    }
  },
  async undo(run, before) {
    if (before.before === null || before.before === before.after) return { detail: 'nothing had been taken out' }
    // By entry, not by the old text: others may have changed the selection meanwhile.
    const { before: live, after } = await run.activities.reads.planSelection({
      ...run.link(),
      naming: run.plan.naming,
      back: { topics: run.plan.topics, original: before.before, unjudged: true },
    })
    if (live !== after)
      await run.activities.writes.setSelection({ lease: run.lease, link: run.link(), text: after, expected: live })
    return {
      detail: `selection of ${run.plan.link.from}->${run.plan.link.to} as before`,
      entries: [{ type: 'protection', link: run.plan.link, at: run.now() }],
    }
  },
})
