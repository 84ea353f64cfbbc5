import type { Finding } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { findLink, keepsPositions, linkName, listed, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { matcherOr } from '../../domain/selection.ts'
import { pairsOnConnector } from '../shared-links.ts'
import type { Config } from '../../config/schema.ts'
import { inPassing, otherMs } from '../reads/mirroring-now.ts'
import { attempt } from './attempt.ts'
import { finding, whenAny } from './finding.ts'
import type { World } from './look.ts'

/** Why a failover could not be followed by a reset; null: nothing stands against it, or its Connect does not answer now. */
export async function lookAtWayBack(deps: ActivityDeps, plan: Plan, signal: AbortSignal): Promise<string | null> {
  if (plan.operation !== 'failover') return null
  const back = { from: plan.target, to: plan.source }
  if (findLink(pairConfig(deps.config(), plan.pair), back.from, back.to) === undefined)
    return `switchback.yaml has no link ${linkName(back)}. Add it to the pair's links`
  const described = await attempt(() =>
    inPassing(
      (within) => deps.ports.mirroring(plan.pair, back.from, back.to).describe(within),
      signal,
      // Its Connect lives on the side that is left, and where that is lost it answers late or never.
      AbortSignal.timeout(otherMs),
    ),
  )
  if (!described.ok || described.value?.creatable !== false) return null
  return `${linkName(back)} does not exist on Kafka Connect (${described.value.detail}), and switchback.yaml has no settings to create it with. Add config to its source connector, or create the connector`
}

export function wayBackFindings({ wayBack }: World): Finding[] {
  return wayBack === null
    ? []
    : [
        finding(
          'warning',
          'no-way-back',
          `There is no way back: ${wayBack} before you start, or the reset stops in the middle.`,
        ),
      ]
}

/**
 * What else the link mirrors that this run disables. Topics of other pairs: a connector stays on for them, a provider's mirroring
 * is one for all of them. What belongs to no pair loses its mirroring, and is named.
 */
export function othersOnLink(config: Config, plan: Plan, { link }: World): Finding[] {
  const { description } = link
  if (description === null || plan.operation === 'failover') return []
  const moved = new Set(plan.topics)
  const others = description.assigned
    .filter(({ topic, partitions }) => partitions.length > 0 && !moved.has(topic))
    .map(({ topic }) => topic)
    // Heartbeats and the like are copied by every link that runs.
    .filter(matcherOr(description.selection, true))
  const owners = pairsOnConnector(config, { pair: plan.pair, ...plan.link })
  const owned = owners.flatMap(({ pair, topics }) => {
    const theirs = others.filter((topic) => topics.includes(topic))
    return theirs.length === 0 ? [] : [`${pair} (${listed(theirs)})`]
  })
  if (owned.length > 0)
    return keepsPositions(config, { pair: plan.pair, ...plan.link })
      ? [
          finding(
            'blocking',
            'link-used-by-pair',
            `${link.name} has to be disabled for this ${plan.operation}, and it mirrors what other pairs rely on: ${owned.join('; ')}. Move them first, or give them instances of their own.`,
          ),
        ]
      : [
          finding(
            'info',
            'link-stays-on',
            `${link.name} mirrors topics of other pairs too: ${owned.join('; ')}. It stays on for them: no ticket is opened, and the run proves that it mirrors none of its own topics.`,
          ),
        ]
  const rest = others.filter((topic) => !owners.some(({ topics }) => topics.includes(topic)))
  return whenAny(rest, (names) =>
    finding(
      'warning',
      'link-carries-others',
      `When ${link.name} is stopped, these topics lose their mirroring as well: ${listed(names)}.`,
    ),
  )
}
