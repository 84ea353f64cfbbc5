import type { LinkRef, ReadActivities } from '../../contract/activities.ts'
import type { Naming } from '../../contract/plan.ts'
import { loopText, refusedTopics } from '../../domain/names/cycles.ts'
import { SelectionError, withTopics, withTopicsBack, withoutTopics } from '../../domain/names/selection.ts'
import { precondition } from '../../ports/failures.ts'
import { linkName, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { mirroringNow } from './mirroring-now.ts'

type SelectionInput = Parameters<ReadActivities['planSelection']>[0]
type SelectionAnswer = Awaited<ReturnType<ReadActivities['planSelection']>>

/**
 * The selection text with or without topics, everything else untouched. `refused`: topics it would send back to where
 * they came from, each with its loop. `without`: links that are disabled by then. Taking topics out cannot close a loop, so that needs no look at the source.
 */
export async function planSelection(
  deps: ActivityDeps,
  { pair, from, to, naming, remove, add, restore, back }: SelectionInput,
  signal: AbortSignal,
  without: { from: string; to: string }[] = [],
): Promise<SelectionAnswer> {
  const link = { pair, from, to }
  const { selection: before } = await deps.ports.mirroring(pair, from, to).describe(signal)
  try {
    const base = restore ?? before
    const narrowed = remove === undefined || base === null ? base : withoutTopics(base, remove)
    const wide = back === undefined ? narrowed : withTopicsBack(narrowed, back.topics, back.original)
    const after = add === undefined && wide !== null ? wide : withTopics(wide, add ?? [])
    const grows = add !== undefined || restore !== undefined || (back !== undefined && back.unjudged !== true)
    const refused = grows ? await loops(deps, link, naming, after, without, signal) : []
    return { before, after, refused }
  } catch (error) {
    if (error instanceof SelectionError) {
      throw precondition(`The selection of ${linkName(link)} was left as it is. ${error.message}`)
    }
    throw error
  }
}

/**
 * Topics whose records would come round again by the links that will be on then: `without` is disabled by then. What
 * MirrorMaker's own guard keeps back, since its copies carry an alias, does not come round.
 */
async function loops(
  deps: ActivityDeps,
  link: LinkRef,
  naming: Naming,
  selection: string,
  without: { from: string; to: string }[],
  signal: AbortSignal,
): Promise<string[]> {
  // The link's own source has to answer: without it nobody knows what the selection sends.
  const known = new Map([[link.from, await deps.ports.cluster(link.from).listTopics(signal)]])
  const { otherLinks, configured, live } = await mirroringNow(deps, link, known, signal)
  const own = { from: link.from, to: link.to, selection, naming }
  const local = pairConfig(deps.config(), link.pair).topics
  const on = otherLinks.filter(({ from, to }) => !without.some((off) => off.from === from && off.to === to))
  return refusedTopics({ naming, link: own, otherLinks: on, configured, live, local })
    .filter(({ guarded }) => !guarded)
    .map((refused) => `${refused.topic} (${loopText(refused)})`)
}
