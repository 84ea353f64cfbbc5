import type { Finding } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { findLink, linkName, listed, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { linkKey } from '../shared-links.ts'
import type { Config } from '../../config/schema.ts'
import { SelectionError, selectionMatcher } from '../../domain/selection.ts'
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

/** What else loses its mirroring when the old link is stopped as a whole: of another pair that relies on it, it may not. */
export function othersOnLink(config: Config, plan: Plan, { link }: World): Finding[] {
  const { description } = link
  if (description === null) return []
  const moved = new Set(plan.topics)
  const others = description.assigned
    .filter(({ topic, partitions }) => partitions.length > 0 && !moved.has(topic))
    .map(({ topic }) => topic)
    .filter(selectedBy(description.selection))
  const owners = ownersOf(config, plan)
  const owned = owners.flatMap(({ pair, topics }) => {
    const theirs = others.filter((topic) => topics.includes(topic))
    return theirs.length === 0 ? [] : [`${pair} (${listed(theirs)})`]
  })
  const rest = others.filter((topic) => !owners.some(({ topics }) => topics.includes(topic)))
  return [
    ...(owned.length === 0
      ? []
      : [
          finding(
            'blocking',
            'link-used-by-pair',
            `${link.name} has to be stopped for this reset, and it mirrors what other pairs rely on: ${owned.join('; ')}. Fail them over first, or give them a connector of their own.`,
          ),
        ]),
    ...whenAny(rest, (names) =>
      finding(
        'warning',
        'link-carries-others',
        `When ${link.name} is stopped, these topics lose their mirroring as well: ${listed(names)}.`,
      ),
    ),
  ]
}

/** Heartbeats and the like are copied by every link that runs. */
function selectedBy(selection: string | null): (topic: string) => boolean {
  try {
    return selectionMatcher(selection)
  } catch (error) {
    if (error instanceof SelectionError) return () => true
    throw error
  }
}

function ownersOf(config: Config, { pair, link }: Plan): { pair: string; topics: string[] }[] {
  const own = findLink(pairConfig(config, pair), link.from, link.to)
  if (own === undefined) return []
  const key = linkKey(config, own)
  return Object.entries(config.pairs).flatMap(([name, other]) =>
    name !== pair && other.links.some((one) => linkKey(config, one) === key)
      ? [{ pair: name, topics: other.topics }]
      : [],
  )
}
