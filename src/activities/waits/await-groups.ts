import type { WaitActivities } from '../../contract/activities.ts'
import type { ActivityDeps } from '../deps.ts'
import type { ScanMemory } from '../evidence/residual-scans.ts'
import { lookUntil, verdictOr } from './look-until.ts'
import { committedSum, unreadBy } from './unread.ts'

type DrainInput = Parameters<WaitActivities['awaitDrained']>[0]
type Drained = Awaited<ReturnType<WaitActivities['awaitDrained']>>
type EmptyInput = Parameters<WaitActivities['awaitGroupsEmpty']>[0]
type Empty = Awaited<ReturnType<WaitActivities['awaitGroupsEmpty']>>

/** Partitions told at most, the worst first: an answer stays small enough for a history. */
const toldPartitions = 500

/** Groups that have read everything; markers at the tail do not count. */
export async function awaitDrained(deps: ActivityDeps, input: DrainInput): Promise<Drained> {
  const { groups, atLeast = [] } = input
  const cluster = deps.ports.cluster(input.cluster)
  const memory: ScanMemory = new Map()
  const waited = await lookUntil<Drained>(input, async (signal) => {
    const { unread, committed } = await unreadBy(deps, cluster, groups, atLeast, signal, memory)
    const behind = new Map(groups.map(({ group }) => [group, 0]))
    for (const { group, committed, end } of unread) behind.set(group, (behind.get(group) ?? 0) + end - committed)
    const drainedGroups = [...behind].filter(([, offsets]) => offsets === 0).map(([group]) => group)
    const remaining = unread.toSorted((a, b) => b.end - b.committed - (a.end - a.committed)).slice(0, toldPartitions)
    return {
      verdict: { drained: unread.length === 0, drainedGroups, remaining },
      done: unread.length === 0,
      live: { behind: Object.fromEntries(behind), partitions: unread.length },
      outstanding: new Map(
        groups.flatMap((reader) =>
          drainedGroups.includes(reader.group) ? [] : [[reader.group, committedSum(reader, committed)]],
        ),
      ),
    }
  })
  return verdictOr(waited, `What the groups have read on ${input.cluster}`)
}

/** Groups without a member. One that cannot be looked into counts as having some. */
export async function awaitGroupsEmpty(deps: ActivityDeps, input: EmptyInput): Promise<Empty> {
  const { groups } = input
  const cluster = deps.ports.cluster(input.cluster)
  // Members that come and go, as of a consumer that crashes and is started again, are no progress: only fewer of them are.
  const fewest = new Map<string, number>()
  const waited = await lookUntil<Empty>(input, async (signal) => {
    const states = await cluster.groupStates(groups, signal)
    const told = new Map(states.map((state) => [state.group, state]))
    const active = groups.flatMap((group) => {
      const found = told.get(group)
      if (found?.state === 'empty' || found?.state === 'absent') return []
      return [{ group, state: found?.state ?? 'unknown', members: found?.members ?? [] }]
    })
    for (const { group, members } of active)
      fewest.set(group, Math.min(members.length, fewest.get(group) ?? members.length))
    return {
      verdict: { empty: active.length === 0, active },
      done: active.length === 0,
      live: { active: active.map(({ group, members }) => ({ group, members: members.length })) },
      outstanding: new Map(
        // A static member that has stopped stays one until its session is over: nothing moves until then, and nobody is needed.
        active.flatMap(({ group, members }) => {
          const instances = told.get(group)?.instances?.length ?? 0
          return instances > 0 && instances >= members.length ? [] : [[group, fewest.get(group) ?? 0] as const]
        }),
      ),
    }
  })
  return verdictOr(waited, `Whether the groups on ${input.cluster} are empty`)
}
