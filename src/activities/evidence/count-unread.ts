import type { ReadActivities } from '../../contract/activities.ts'
import type { SeenRanges } from '../../contract/choices.ts'
import { unreadRanges } from '../../domain/choices/unread.ts'
import type { ActivityDeps } from '../deps.ts'
import { countRanges } from './count-ranges.ts'

type Input = Parameters<ReadActivities['countUnread']>[0]

/** Counting takes so long at most, ms: what is left is an upper bound. */
const countWithin = 20_000

/** What no group reads in the target's local topics, in records. */
export async function countUnread(
  deps: ActivityDeps,
  { plan, dossier, offsets }: Input,
  signal: AbortSignal,
): Promise<SeenRanges[]> {
  const began = deps.clock.now().getTime()
  const ends = await deps.ports.cluster(plan.target).ends(plan.topics, signal)
  const found = unreadRanges(plan, dossier, offsets, ends)
  return countRanges(deps, plan.target, found, () => deps.clock.now().getTime() - began > countWithin, signal)
}
