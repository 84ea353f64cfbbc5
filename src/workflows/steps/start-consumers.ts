import type { AppState } from '../../contract/activities.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import { applicationsOf, observeApplications, refuseWrong, startOne, stopAll } from './applications.ts'
import { remoteTopics } from './reading.ts'
import type { StoppedConsumers } from './stop-consumers.ts'

/** A look, not a wait: is the group at the end of the remote topics already? ms */
const glance = 3_000

async function remoteDrained(run: Run, group: string, topics: string[], maxMs?: number): Promise<boolean> {
  const { target, timing } = run.plan
  // Pinned to where the copies ended when the groups were placed: a commit beyond a shorter log has read nothing.
  const atLeast = run.result<{ plan: OffsetPlan }>('place-groups')?.plan.copies ?? []
  const read = { cluster: target, groups: [{ group, topics }], atLeast, pollMs: timing.poll }
  if (maxMs !== undefined) {
    const { verdict } = await run.until('start-consumers', {
      probe: (waits) => waits.awaitDrained({ ...read, maxMs }),
      reached: () => true,
      explain: () => '',
    })
    return verdict.drained
  }
  const { verdict, decided } = await run.until('start-consumers', {
    probe: (waits, budget) => waits.awaitDrained({ ...read, maxMs: budget }),
    reached: ({ drained }) => drained,
    choices: ['retry', 'proceed'],
    stillMs: run.askAfter,
    explain: ({ remaining }) =>
      `${group} has not read the remote topics on ${target} to their end: ${remaining
        .slice(0, 5)
        .map((r) => `${r.topic}-${r.partition} at ${r.committed} of ${r.end}`)
        .join('; ')}. The run keeps checking. "proceed" opens the local topics now: order will break.`,
  })
  if (decided) run.record.note(`${group}: local topics opened before the remote ones were read, by ${decided.by}`)
  return verdict.drained || decided !== undefined
}

/** A person answered for it at `stop-consumers`: a probe that cannot tell does not hold its start back. */
function answeredForOf(run: Run, { name }: AppState): { answeredFor?: true } {
  const answered = run.result<StoppedConsumers>('stop-consumers')?.answered
  return answered?.names.includes(name) ? { answeredFor: true } : {}
}

/** Strict: on the remote topics alone until they are read, then on everything. */
async function startStrictly(run: Run, state: AppState): Promise<string> {
  const consumer = applicationsOf(run, 'consumer').find(({ name }) => name === state.name)
  if (!consumer) throw new StepProblem(`${state.name} is not a consumer of this plan`)
  const { target } = run.plan
  const { group } = consumer
  const remote = remoteTopics(run, consumer.topics)
  const word = answeredForOf(run, state)
  const all = { cluster: target, topics: [...remote, ...consumer.topics], phase: 'all' as const, ...word }
  if (group === undefined) {
    await startOne(run, 'start-consumers', state, all)
    return `${state.name}: its offsets are outside of Kafka, and its order is its own`
  }
  if (remote.length === 0) {
    await startOne(run, 'start-consumers', state, all)
    return `${state.name}: copies and local topics are one log, read on in its order`
  }
  if (state.state !== 'running' && (await remoteDrained(run, group, remote, glance))) {
    await startOne(run, 'start-consumers', state, all)
    return `${state.name}: remote topics were read already`
  }
  const opened = state.state === 'running' && state.cluster === target && covers(state.topics, consumer.topics)
  if (opened) return `${state.name}: open to local topics already`
  await startOne(run, 'start-consumers', state, {
    cluster: target,
    topics: remote,
    phase: 'remote-first',
    ...word,
  })
  await remoteDrained(run, group, remote)
  await stopAll(run, 'start-consumers', [{ ...state, state: 'running' }])
  await startOne(run, 'start-consumers', state, all)
  return `${state.name}: remote topics first, then all`
}

function covers(topics: string[] | undefined, wanted: string[]): boolean {
  return topics !== undefined && wanted.every((topic) => topics.includes(topic))
}

export const startConsumers = defineStep({
  id: 'start-consumers',
  revision: 1,
  title: 'Start consumers on the target',
  touchesSource: false,
  skip: 'operator',
  observe: (run) => observeApplications(run, 'consumer'),
  async apply(run, states) {
    if (run.plan.ordering === 'strict') {
      // Each to its end, also when one of them cannot be started: a barrier that was begun is neither left nor begun twice.
      const told = await Promise.allSettled(states.map((state) => startStrictly(run, state)))
      for (const one of told) if (one.status === 'fulfilled') run.record.note(one.value)
      for (const one of told) if (one.status === 'rejected') throw one.reason
      return
    }
    await Promise.all(
      states.map((state) => {
        const topics = applicationsOf(run, 'consumer').find(({ name }) => name === state.name)?.topics ?? []
        return startOne(run, 'start-consumers', state, {
          cluster: run.plan.target,
          topics: [...remoteTopics(run, topics), ...topics],
          phase: 'all',
          ...answeredForOf(run, state),
        })
      }),
    )
  },
  async prove(run) {
    const states = await observeApplications(run, 'consumer')
    refuseWrong(
      states.filter((state) => state.state !== 'unknown' || answeredForOf(run, state).answeredFor === undefined),
      { state: 'running', cluster: run.plan.target },
    )
    return {
      detail: `started on ${run.plan.target} (${run.plan.ordering}): ${states.map(({ name }) => name).join(', ') || 'none configured'}`,
      fact: states,
    }
  },
})
