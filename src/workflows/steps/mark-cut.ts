import type { Cut } from '../../contract/dossier.ts'
import { beginningOf } from '../../domain/choices/early-records.ts'
import { indexing } from '../../domain/positions/lookup.ts'
import { defineStep } from '../runbook/step.ts'

/** Partitions named in a note. */
const named = 5

function earlyText(target: string, places: string[]): string {
  const more = places.length > named ? ` and ${places.length - named} more partitions` : ''
  return `records on ${target} from before its producers start are read by the groups: ${places.slice(0, named).join('; ')}${more}`
}

export const markCut = defineStep({
  id: 'mark-cut',
  revision: 1,
  title: "Mark the cut on the target's local topics",
  touchesSource: false,
  skip: 'never',
  // Nothing of ours writes there before the start.
  looksAhead: true,
  brief: true,
  observe: (run) => run.activities.reads.readEnds({ cluster: run.plan.target, topics: run.plan.topics }),
  async prove(run, ends) {
    const { plan, dossier } = run
    const early: string[] = []
    const find = indexing()
    const beginnings = ends.map(({ topic, topicId, partitions }) => ({
      topic,
      offsets: partitions.map((row): [number, number] => {
        const begins = beginningOf(plan, dossier, { topic, topicId }, row, find)
        if (begins < row[2]) early.push(`${topic}-${row[0]} from ${begins} to ${row[2]}`)
        return [row[0], begins]
      }),
    }))
    if (early.length > 0) run.record.note(earlyText(plan.target, early))
    const cut: Cut = {
      cluster: run.plan.target,
      episode: run.episode,
      at: run.now(),
      topics: beginnings,
    }
    const partitions = ends.reduce((sum, topic) => sum + topic.partitions.length, 0)
    return {
      detail: `${partitions} partitions of ${ends.length} topics on ${plan.target}${early.length === 0 ? '' : `; ${early.length} with records from before`}`,
      fact: cut,
      entries: [{ type: 'cut', cut }],
    }
  },
})
