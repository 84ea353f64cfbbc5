import { StepProblem } from '../runbook/interruptions.ts'
import { defineStep } from '../runbook/step.ts'
import { everythingRead, groupsOf } from './reading.ts'

export interface DrainFact {
  drainedGroups: string[]
}

export const drainConsumers = defineStep({
  id: 'drain-consumers',
  revision: 1,
  title: 'Consumers read the source to its fenced end',
  touchesSource: true,
  skip: 'force',
  async observe(run) {
    const silent = run.forced ? await run.sourceSilent() : null
    if (silent !== null) throw new StepProblem(silent)
    return null
  },
  async prove(run) {
    const { source, timing } = run.plan
    const groups = groupsOf(run).map(({ group, topics }) => ({ group, topics: everythingRead(run, source, topics) }))
    if (groups.length === 0) return { detail: 'no consumer groups', fact: { drainedGroups: [] } satisfies DrainFact }
    const { verdict } = await run.until('drain-consumers', {
      probe: (waits, maxMs) => waits.awaitDrained({ cluster: source, groups, pollMs: timing.poll, maxMs }),
      reached: ({ drained }) => drained,
      explain: ({ remaining }) =>
        `Groups have not read ${source} to its end: ${remaining
          .slice(0, 5)
          .map((r) => `${r.group} ${r.topic}-${r.partition} at ${r.committed} of ${r.end}`)
          .join('; ')}${remaining.length > 5 ? ` and ${remaining.length - 5} more partitions` : ''}. ` +
        'See that the consumers run; the run goes on looking.',
    })
    if (!verdict.drained) {
      throw new StepProblem(`groups did not read ${source} to its end: ${verdict.remaining.length} partitions remain`)
    }
    return {
      detail: `read to the end on ${source}: ${verdict.drainedGroups.join(', ')}`,
      fact: { drainedGroups: verdict.drainedGroups } satisfies DrainFact,
    }
  },
})
