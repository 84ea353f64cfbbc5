import { backendOf } from '../../backends/chosen.ts'
import type { LinkRef, LinkView, ReadActivities } from '../../contract/activities.ts'
import { configurationFault } from '../../ports/failures.ts'
import { matcherOr } from '../../domain/names/selection.ts'
import { findLink, linkName, listed, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { isConfigurationFault, sentence } from '../faults.ts'
import { pairsOnConnector } from '../shared-links.ts'

export async function observeLink(deps: ActivityDeps, link: LinkRef, signal: AbortSignal): Promise<LinkView> {
  const found = await deps.ports.mirroring(link.pair, link.from, link.to).describe(signal)
  return {
    state: found.state,
    detail: found.detail,
    selection: found.selection,
    assignedTopics: found.assigned.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic),
    obstacles: found.obstacles,
    copiesAcls: found.copiesAcls,
  }
}

/** Off only by the link's own word: no answer is no proof. */
export async function probeDisabled(
  deps: ActivityDeps,
  link: LinkRef,
  signal: AbortSignal,
): Promise<{ disabled: boolean; detail: string }> {
  const port = deps.ports.mirroring(link.pair, link.from, link.to)
  try {
    return await port.probeDisabled(signal)
  } catch (error) {
    if (isConfigurationFault(error) || signal.aborted) throw error
    return { disabled: false, detail: `${linkName(link)} could not be checked: ${sentence(error)}` }
  }
}

/**
 * Who disables this link, by the configuration; nobody, while it selects topics of another pair on the same connector, or topics of
 * this pair that stayed where they were when others moved.
 */
export async function disableDoor(
  deps: ActivityDeps,
  link: LinkRef & { moved?: string[] },
  signal: AbortSignal,
): ReturnType<ReadActivities['disableDoor']> {
  const config = deps.config()
  const pair = pairConfig(config, link.pair)
  const found = findLink(pair, link.from, link.to)
  if (found === undefined) {
    throw configurationFault(
      `The pair ${link.pair} has no link ${linkName(link)}; it has ${listed(pair.links.map(linkName))}. Add it in switchback.yaml.`,
    )
  }
  const { moved } = link
  const stayed = moved === undefined ? [] : pair.topics.filter((topic) => !moved.includes(topic))
  const relying = [...pairsOnConnector(config, link).flatMap(({ topics }) => topics), ...stayed]
  // A provider's mirroring is one for all of an instance: it is disabled as a whole, or not at all.
  if (relying.length === 0 || backendOf(found).traits.offAsAWhole) return found.disable
  const { state, selection } = await deps.ports.mirroring(link.pair, link.from, link.to).describe(signal)
  if (state === 'stopped' || state === 'absent') return found.disable
  const selected = matcherOr(selection, true)
  return relying.some(selected) ? 'kept' : found.disable
}
