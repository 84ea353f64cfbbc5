import type { AppState } from '../../contract/activities.ts'
import type { DossierEntry } from '../../contract/dossier.ts'
import { failureText } from '../runbook/failure-text.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { defineStep } from '../runbook/step.ts'
import {
  type AnsweredFor,
  answeredFor,
  observeApplications,
  proveApplications,
  refuseWrong,
  stopAll,
  tryToStop,
} from './applications.ts'
import { fenceEntry, type FenceView, obligationToFence, principalsOf, proveDenied, refuseHarm } from './fence-source.ts'
import { everythingRead, groupsOf } from './reading.ts'
import { obligationToStop } from './stop-producers.ts'

/** A consumer that was killed instead of stopped leaves its group when its session is over, 45 s by default, and needs nobody, ms. */
const killedLeaves = 50_000

/** Shows that nobody reads on the source any more, and keeps where each group stood there. */
async function proveEmpty(run: Run): Promise<DossierEntry[]> {
  const { source, timing } = run.plan
  const groups = groupsOf(run)
  const names = groups.map(({ group }) => group)
  if (names.length === 0) return []
  const { verdict } = await run.until('stop-consumers', {
    probe: (waits, maxMs) => waits.awaitGroupsEmpty({ cluster: source, groups: names, pollMs: timing.poll, maxMs }),
    reached: ({ empty }) => empty,
    explain: ({ active }) =>
      `Groups still have members on ${source}: ${active.map((g) => `${g.group} (${g.state}: ${g.members.slice(0, 3).join(', ')})`).join('; ')}. Stop them; the run keeps checking. A consumer that was killed, and a static member, leave by themselves when session.timeout.ms is over.`,
    stillMs: Math.max(run.askAfter, killedLeaves),
  })
  if (!verdict.empty) throw new StepProblem(`groups are not seen to be empty on ${source}`)
  const topics = [...new Set(groups.flatMap((group) => everythingRead(run, source, group.topics)))]
  const offsets = await run.activities.reads.snapshotGroups({ cluster: source, groups: names, topics })
  return [{ type: 'snapshot', snapshot: { cluster: source, episode: run.episode, at: run.now(), groups: offsets } }]
}

/** The consumers are refused now, by the broker's word; without a fence of reads nothing is claimed. */
async function proveReadsDenied(run: Run, fence: FenceView | null): Promise<{ entries: DossierEntry[]; told: string }> {
  if (fence === null) return { entries: [], told: '' }
  const { source } = run.plan
  if (!fence.authorizer || fence.wanted.length === 0) {
    run.record.note(
      `reads on ${source} are not fenced: ${fence.authorizer ? 'no consumer has a principal' : 'it has no authorizer'}. A consumer that is started there again reads on.`,
    )
    return { entries: [], told: ', reads not fenced' }
  }
  const proof = await proveDenied(run, source, principalsOf(run, ['consumer']), 'Read')
  return { entries: [fenceEntry(run, source, [], `reads: ${proof}`)], told: `, reads refused (${proof})` }
}

/** What `stop-consumers` leaves: `start-consumers` starts what somebody answered for. */
export interface StoppedConsumers {
  states: AppState[]
  answered: AnsweredFor | null
}

/** In a forced run hosts may be lost with the source: one try each, and a person answers for what nobody can tell. */
async function stopWhatAnswers(run: Run, before: AppState[]): Promise<StoppedConsumers> {
  const states = await tryToStop(run, 'stop-consumers', before)
  refuseRunning(states)
  const { source, target } = run.plan
  const answered = await answeredFor(run, 'stop-consumers', states, {
    proceed: (names) =>
      `"proceed" places the groups and starts ${names} on ${target}: you answer for it that nothing of it reads on ${source} any more.`,
    skip: false,
  })
  return { states, answered }
}

function refuseRunning(states: AppState[]): void {
  refuseWrong(
    states.filter(({ state }) => state !== 'unknown'),
    { state: 'stopped' },
  )
}

export const stopConsumers = defineStep({
  id: 'stop-consumers',
  revision: 1,
  title: 'Stop consumers on the source',
  // Stopping goes through the applications' control, not through the source: it is done in a forced run as well.
  touchesSource: false,
  skip: 'never',
  async observe(run) {
    const states = await observeApplications(run, 'consumer')
    if (!run.plan.fenceReads || run.forced) return { states, fence: null }
    const fence = await run.activities.reads.observeFence({
      link: run.link(),
      cluster: run.plan.source,
      principals: principalsOf(run, ['consumer']),
      topics: run.plan.topics,
      operations: ['Read'],
    })
    return { states, fence }
  },
  before: (run, { fence }) =>
    fence && fence.missing.length > 0 && fence.refused === undefined
      ? [fenceEntry(run, run.plan.source, fence.missing, 'reads, begun')]
      : [],
  async apply(run, { states, fence }): Promise<StoppedConsumers | null> {
    if (run.forced) return stopWhatAnswers(run, states)
    await stopAll(run, 'stop-consumers', states)
    refuseHarm(fence)
    if (fence && fence.missing.length > 0) {
      await run.activities.writes.applyFence({ lease: run.lease, cluster: run.plan.source, acls: fence.missing })
    }
    return null
  },
  async prove(run, { fence }, tried) {
    const answered = tried?.answered ?? null
    const states = tried?.states ?? (await proveApplications(run, 'consumer', { state: 'stopped' }))
    const stopped = states.map(({ name }) => name).join(', ') || 'none configured'
    if (!run.forced) {
      const empty = await proveEmpty(run)
      const { entries, told } = await proveReadsDenied(run, fence)
      return {
        detail: `stopped, groups empty on ${run.plan.source}${told}: ${stopped}`,
        fact: { states, answered } satisfies StoppedConsumers,
        entries: [...empty, ...entries],
      }
    }
    const fact: StoppedConsumers = { states, answered }
    const outstanding =
      answered === null
        ? []
        : [
            obligationToStop(
              run,
              `${answered.by} answered for it that it does not run there`,
              'consumer',
              answered.names,
            ),
          ]
    const silent = await run.sourceSilent()
    run.singleTry = true
    try {
      if (silent !== null) throw new StepProblem(silent)
      const entries = await proveEmpty(run)
      return {
        detail: `stopped, groups empty on ${run.plan.source}: ${stopped}`,
        fact,
        entries: [...entries, ...outstanding],
      }
    } catch (error) {
      const why = failureText(error)
      return {
        detail: `stopped: ${stopped}; groups on ${run.plan.source} could not be checked (${why})`,
        fact,
        entries: [
          ...outstanding,
          ...(run.plan.fenceReads ? [obligationToFence(run, run.plan.source, 'Read', why)] : []),
        ],
      }
    } finally {
      run.singleTry = false
    }
  },
})
