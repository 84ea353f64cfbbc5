import { drainedFrom } from '../../domain/choices/uncommitted.ts'
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
    const groups = groupsOf(run).map(({ group, topics }) => {
      const from = drainedFrom(run.plan, group)
      return { group, topics: everythingRead(run, source, topics), ...(from.length === 0 ? {} : { from }) }
    })
    if (groups.length === 0) return { detail: 'no consumer groups', fact: { drainedGroups: [] } satisfies DrainFact }
    const { verdict, decided } = await run.until('drain-consumers', {
      probe: (waits, maxMs) => waits.awaitDrained({ cluster: source, groups, pollMs: timing.poll, maxMs }),
      reached: ({ drained }) => drained,
      explain: ({ remaining }) =>
        `Groups have not read ${source} to its end: ${remaining
          .slice(0, 5)
          .map((r) => `${r.group} ${r.topic}-${r.partition} at ${r.committed} of ${r.end}`)
          .join('; ')}${remaining.length > 5 ? ` and ${remaining.length - 5} more partitions` : ''}. ` +
        'See that the consumers run; the run keeps checking. "proceed" does not wait for them: these groups continue where the link has translated their positions, and read again what lies behind.',
      choices: ['retry', 'proceed'],
      stillMs: run.askAfter,
    })
    if (decided) {
      const left = groups.map(({ group }) => group).filter((group) => !verdict.drainedGroups.includes(group))
      run.record.note(`not waited for on ${source}, by ${decided.by}: ${left.join(', ')}`)
      return {
        detail: `not waited for, by ${decided.by}: ${left.join(', ')}; read to the end on ${source}: ${verdict.drainedGroups.join(', ') || 'none'}`,
        fact: { drainedGroups: verdict.drainedGroups } satisfies DrainFact,
      }
    }
    if (!verdict.drained) {
      throw new StepProblem(`groups did not read ${source} to its end: ${verdict.remaining.length} partitions remain`)
    }
    return {
      detail: `read to the end on ${source}: ${verdict.drainedGroups.join(', ')}`,
      fact: { drainedGroups: verdict.drainedGroups } satisfies DrainFact,
    }
  },
})
