import type { LinkRef, ReadActivities } from '../../contract/activities.ts'
import type { Naming } from '../../contract/plan.ts'
import { loopText, refusedTopics } from '../../domain/cycles.ts'
import { origin } from '../../domain/naming.ts'
import { SelectionError, withTopics, withoutTopics } from '../../domain/selection.ts'
import { precondition } from '../../ports/failures.ts'
import { linkName, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { mirroringNow } from './mirroring-now.ts'

type SelectionInput = Parameters<ReadActivities['planSelection']>[0]
type SelectionAnswer = Awaited<ReturnType<ReadActivities['planSelection']>>

/**
 * The selection text with or without topics, everything else untouched. `refused`: topics it would send back to where
 * they came from, each with its loop. Taking topics out cannot close a loop, so that needs no look at the source.
 */
export async function planSelection(
  deps: ActivityDeps,
  { pair, from, to, naming, remove, add, restore }: SelectionInput,
  signal: AbortSignal,
): Promise<SelectionAnswer> {
  const link = { pair, from, to }
  const { selection: before } = await deps.ports.mirroring(pair, from, to).describe(signal)
  try {
    const base = restore ?? before
    const narrowed = remove === undefined || base === null ? base : withoutTopics(base, remove)
    const after = add === undefined && narrowed !== null ? narrowed : withTopics(narrowed, add ?? [])
    const grows = add !== undefined || restore !== undefined
    const refused = grows ? await loops(deps, link, naming, after, restore !== undefined, signal) : []
    return { before, after, refused }
  } catch (error) {
    if (error instanceof SelectionError) {
      throw precondition(`The selection of ${linkName(link)} was left as it is. ${error.message}`)
    }
    throw error
  }
}

/**
 * Topics that would come round again. A selection that is restored was in force before the failover: what it matches
 * and came from the other side is kept back by MirrorMaker 2's own guard then as before, so only longer loops count.
 */
async function loops(
  deps: ActivityDeps,
  link: LinkRef,
  naming: Naming,
  selection: string,
  restored: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  // The link's own source has to answer: without it nobody knows what the selection sends.
  const known = new Map([[link.from, await deps.ports.cluster(link.from).listTopics(signal)]])
  const { otherLinks, configured, live } = await mirroringNow(deps, link, known, signal)
  const own = { from: link.from, to: link.to, selection, naming }
  const local = pairConfig(deps.config(), link.pair).topics
  return (
    refusedTopics({ naming, link: own, otherLinks, configured, live, local })
      // Where names are not by the alias there is no such guard.
      .filter(({ topic }) => !(restored && !naming.copies && origin(naming, topic).path.includes(link.to)))
      .map((refused) => `${refused.topic} (${loopText(refused)})`)
  )
}
