import type { LinkRef, LinkView, ReadActivities } from '../../contract/activities.ts'
import { configurationFault } from '../../ports/failures.ts'
import { findLink, linkName, listed, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { isConfigurationFault, sentence } from '../faults.ts'

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
    return { disabled: false, detail: `${linkName(link)} could not be looked at: ${sentence(error)}` }
  }
}

/** Who disables this link, by the configuration. */
export function disableDoor(deps: ActivityDeps, link: LinkRef): Awaited<ReturnType<ReadActivities['disableDoor']>> {
  const pair = pairConfig(deps.config(), link.pair)
  const found = findLink(pair, link.from, link.to)
  if (found === undefined) {
    throw configurationFault(
      `The pair ${link.pair} has no link ${linkName(link)}; it has ${listed(pair.links.map(linkName))}. Add it in switchback.yaml.`,
    )
  }
  return found.disable
}
