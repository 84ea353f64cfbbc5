import type { Cut } from '../../contract/dossier.ts'
import { defineStep } from '../runbook/step.ts'

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
    const cut: Cut = {
      cluster: run.plan.target,
      episode: run.episode,
      at: run.now(),
      topics: ends.map(({ topic, partitions }) => ({
        topic,
        offsets: partitions.map(([partition, , highWatermark]) => [partition, highWatermark]),
      })),
    }
    const partitions = ends.reduce((sum, topic) => sum + topic.partitions.length, 0)
    return {
      detail: `${partitions} partitions of ${ends.length} topics on ${run.plan.target}`,
      fact: cut,
      entries: [{ type: 'cut', cut }],
    }
  },
})
