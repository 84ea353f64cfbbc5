import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { listed } from '../../text/listed.ts'
import { whatStaysNeedsTheLink } from '../../plan/plan.ts'
import { matcherOr } from '../../names/selection.ts'
import { finding, whenAny } from '../finding.ts'
import type { World } from '../world.ts'

/**
 * What else the link mirrors that this run disables. Topics of other pairs, and those of this pair that stay where they are: a
 * connector stays on for them. A provider's mirroring is one for all: another pair's topics refuse the run, the pair's own lose
 * their mirroring until the failback, as does what belongs to no pair, and are named.
 */
export function othersOnLink(plan: Plan, { link, file, local }: Pick<World, 'link' | 'file' | 'local'>): Finding[] {
  const { description } = link
  if (description === null || plan.operation === 'failover') return []
  const moved = new Set(plan.topics)
  const others = description.assigned
    .filter(({ topic, partitions }) => partitions.length > 0 && !moved.has(topic))
    .map(({ topic }) => topic)
    // Heartbeats and the like are copied by every link that runs.
    .filter(matcherOr(description.selection, true))
  const owners = [
    ...file.pairsOnLink,
    ...(whatStaysNeedsTheLink(plan) && !file.oneForAll ? [{ pair: `${plan.pair} itself`, topics: local }] : []),
  ]
  const owned = owners.flatMap(({ pair, topics }) => {
    const theirs = others.filter((topic) => topics.includes(topic))
    return theirs.length === 0 ? [] : [`${pair} (${listed(theirs)})`]
  })
  if (owned.length > 0)
    return file.oneForAll
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
            `${link.name} mirrors topics that this run does not move: ${owned.join('; ')}. It stays on for them: no ticket is opened, and the run proves that it mirrors none of its own topics.`,
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
