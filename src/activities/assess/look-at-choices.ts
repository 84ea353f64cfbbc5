import type { ChoicesLook, SideLook } from '../../domain/assess/world.ts'
import type { OpenChoice } from '../../contract/choices.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { Plan } from '../../contract/plan.ts'
import { earlyRanges } from '../../domain/choices/early-records.ts'
import { behindCommits, uncommittedRanges } from '../../domain/choices/uncommitted.ts'
import { readBy } from '../../domain/positions/read-by.ts'
import type { ActivityDeps } from '../deps.ts'
import { countRanges } from '../evidence/count-ranges.ts'
import { withRemoteNames } from '../what-is-read.ts'
import { attempt } from './attempt.ts'

/** Counting takes so long at most, ms. */
const countWithin = 10_000
/** A consumer that has just read commits within this, by the clients' default, ms. */
const commitsWithin = 6_000
const commitPoll = 1_500

export async function lookAtChoices(
  deps: ActivityDeps,
  plan: Plan,
  dossier: Dossier,
  { source, target }: { source: SideLook; target: SideLook },
  signal: AbortSignal,
): Promise<ChoicesLook> {
  if (plan.operation === 'reset') return { choices: [], idle: [] }
  const began = deps.clock.now().getTime()
  const late = () => deps.clock.now().getTime() - began > countWithin
  const early = target.problem === null ? earlyRanges(plan, dossier, target.ends) : []
  const [seen, uncommitted, idle] = await Promise.all([
    countRanges(deps, plan.target, early, late, signal),
    lookAtUncommitted(deps, plan, source, late, signal),
    lookAtIdle(deps, plan, source, late, signal),
  ])
  return { choices: [...(seen.length === 0 ? [] : [{ about: 'early' as const, topics: seen }]), ...uncommitted], idle }
}

async function lookAtIdle(
  deps: ActivityDeps,
  plan: Plan,
  source: SideLook,
  late: () => boolean,
  signal: AbortSignal,
): Promise<ChoicesLook['idle']> {
  if (plan.mode === 'forced' || source.problem !== null) return []
  const idle = source.groups.filter(({ state }) => state === 'empty' || state === 'absent').map(({ group }) => group)
  const readers = readersOf(plan).filter(({ group }) => idle.includes(group))
  const behind = readers.map(async (reader) => ({
    group: reader.group,
    topics: await countRanges(deps, plan.source, behindCommits(reader, source.ends, source.committed), late, signal),
  }))
  return (await Promise.all(behind)).filter(({ topics }) => topics.length > 0)
}

/** What each group reads on the source: its local topics, and the copies of every other cluster. */
function readersOf(plan: Plan): { group: string; topics: string[] }[] {
  return readBy(plan).map(({ group, topics }) => ({ group, topics: withRemoteNames(plan, plan.source, topics) }))
}

/** A forced move waits for no group. */
async function lookAtUncommitted(
  deps: ActivityDeps,
  plan: Plan,
  source: SideLook,
  late: () => boolean,
  signal: AbortSignal,
): Promise<OpenChoice[]> {
  if (plan.mode === 'forced' || source.problem !== null) return []
  const found = await stillUncommitted(deps, plan, source, signal)
  const choices = found.map(async (one) => ({
    ...one,
    topics: await countRanges(deps, plan.source, one.topics, late, signal),
  }))
  return (await Promise.all(choices)).filter(({ topics }) => topics.length > 0)
}

/** A group that reads now commits within seconds: it is looked at again before anybody is asked. */
async function stillUncommitted(deps: ActivityDeps, plan: Plan, source: SideLook, signal: AbortSignal) {
  const readers = readersOf(plan)
  let found = uncommittedRanges(readers, source.ends, source.committed)
  const active = new Set(source.groups.filter(({ state }) => state === 'active').map(({ group }) => group))
  const until = performance.now() + commitsWithin
  while (found.some(({ group }) => active.has(group)) && performance.now() < until && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, commitPoll))
    const topics = [...new Set(found.flatMap((one) => one.topics.map(({ topic }) => topic)))]
    const groups = found.map(({ group }) => group)
    const now = await attempt(() => deps.ports.cluster(plan.source).groupOffsets(groups, topics, signal))
    if (!now.ok) break
    const ends = source.ends.filter(({ topic }) => topics.includes(topic))
    found = uncommittedRanges(
      readers.filter(({ group }) => groups.includes(group)),
      ends,
      now.value,
    )
  }
  return found
}
