import { ApplicationFailure } from '@temporalio/common'
import type { LinkRef, ReadActivities } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { Naming } from '../../contract/plan.ts'
import { refusedTopics } from '../../domain/cycles.ts'
import { origin } from '../../domain/naming.ts'
import { SelectionError, withTopics, withoutTopics } from '../../domain/selection.ts'
import { precondition } from '../../ports/failures.ts'
import { linkName, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'

/** Other links are looked at in passing: one that takes longer is as good as gone, and must not use up the step's time, ms. */
const otherLinkMs = 5_000

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
  const liveTopics = await deps.ports.cluster(link.from).listTopics(signal)
  const otherLinks = await runningLinks(deps, link, signal)
  return refusedTopics({ naming, selection, liveTopics, from: link.from, to: link.to, otherLinks })
    .filter(({ topic }) => !(restored && origin(naming, topic).path.includes(link.to)))
    .map(({ topic, loop }) => `${topic} (${loop.join(' -> ')})`)
}

/** Links that carry something now. One whose Connect cluster is gone with its side carries nothing. */
async function runningLinks(
  deps: ActivityDeps,
  own: LinkRef,
  signal: AbortSignal,
): Promise<{ from: string; to: string; selection: string }[]> {
  const others = pairConfig(deps.config(), own.pair).links.filter(({ from, to }) => from !== own.from || to !== own.to)
  const limit = AbortSignal.timeout(otherLinkMs)
  const found = await Promise.all(
    others.map(async ({ from, to }) => {
      try {
        const port = deps.ports.mirroring(own.pair, from, to)
        const { state, selection } = await port.describe(AbortSignal.any([signal, limit]))
        return selection === null || state === 'stopped' || state === 'absent' ? [] : [{ from, to, selection }]
      } catch (error) {
        if (limit.aborted && !signal.aborted) return []
        if (error instanceof ApplicationFailure && error.type === errorTypes.unreachable) return []
        throw error
      }
    }),
  )
  return found.flat()
}
