import type { TopicsBack } from '../../contract/activities.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { selectionBudget, stillLink } from './link-change.ts'

/** What was taken out is put back, as it was in the original selection where it is known; what others changed stays. */
function wish(run: Run): { back: TopicsBack } {
  const { from, to } = run.link('nextLink')
  const original = run.dossier.episode?.original
  const known = original?.link.from === from && original.link.to === to ? original.selection.topics : null
  return { back: { topics: run.plan.topics, original: known } }
}

export const selectTopics = defineStep({
  id: 'select-topics',
  revision: 1,
  title: 'Select the topics to be mirrored',
  touchesSource: false,
  skip: 'never',
  async observe(run) {
    const link = run.link('nextLink')
    const selection = await run.activities.reads.planSelection({ ...link, naming: run.plan.naming, ...wish(run) })
    if (selection.refused.length > 0) {
      throw new StepProblem(
        `Refused: this selection on ${link.from}->${link.to} would send topics back to where they came from: ${selection.refused.join('; ')}. Select exact local names, or exclude these.`,
      )
    }
    return selection
  },
  async apply(run, selection) {
    if (selection.before === selection.after) return
    await run.activities.writes.setSelection({
      lease: run.lease,
      link: run.link('nextLink'),
      text: selection.after,
      expected: selection.before,
    })
  },
  async prove(run, selection) {
    const link = run.link('nextLink')
    const { verdict } = await run.until('select-topics', {
      probe: (waits, maxMs) =>
        waits.awaitAssigned({
          ...link,
          topics: run.plan.topics,
          present: true,
          pollMs: run.plan.timing.linkPoll ?? run.plan.timing.poll,
          maxMs,
        }),
      budgetMs: selectionBudget(run),
      ...stillLink(run),
      reached: ({ reached }) => reached,
      explain: ({ detail }) =>
        `Not all topics are mirrored on ${link.from}->${link.to}: ${detail}. The run keeps checking.`,
    })
    if (!verdict.reached) throw new StepProblem(verdict.detail)
    return {
      detail: `${run.plan.topics.length} topics selected on ${link.from}->${link.to}`,
      fact: selection,
    }
  },
})
