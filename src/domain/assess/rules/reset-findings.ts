import type { Dossier } from '../../../contract/dossier.ts'
import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { hops } from '../../names/naming.ts'
import { matcherOr } from '../../names/selection.ts'
import type { LinkDescription } from '../../../contract/observed.ts'
import { listed } from '../../text/listed.ts'
import { finding, whenAny } from '../finding.ts'
import type { World } from '../world.ts'
import { settingsFindings } from './settings-findings.ts'
import { parity, remoteNames, targetReachability, topicsThere } from './side-findings.ts'

/** Is the failover complete, is the old link off for these topics, and is the other side fit to be mirrored to? */
export function resetFindings(plan: Plan, dossier: Dossier, world: World): Finding[] {
  return [
    ...failedOver(dossier),
    ...activeSide(plan, world),
    ...oldLink(plan, world),
    ...nextLink(world),
    ...targetReachability(world.target),
    ...(world.target.problem === null ? otherSide(plan, world) : []),
    ...(plan.nextLink ? remoteNames(plan, plan.nextLink) : []),
  ]
}

function failedOver({ episode }: Dossier): Finding[] {
  const stage = episode?.stage ?? 'none'
  return ['failed-over', 'resetting', 'reset'].includes(stage)
    ? []
    : [
        finding(
          'blocking',
          'failover-incomplete',
          `The failover is not complete (the episode is ${stage}): a reset now would mirror over what is still moving. Finish it first.`,
        ),
      ]
}

function activeSide(plan: Plan, { source }: World): Finding[] {
  return source.problem === null
    ? topicsThere(plan, source, 'blocking')
    : [
        finding(
          'blocking',
          'source-unreachable',
          `${source.alias}, where producers write now, could not be checked: ${source.problem}`,
        ),
      ]
}

function oldLink(plan: Plan, { link }: World): Finding[] {
  if (link.description === null) {
    return [
      finding(
        'warning',
        'link-unreachable',
        `The old link ${link.name} could not be checked: ${link.problem ?? ''} It must answer before it counts as disabled.`,
      ),
    ]
  }
  const assigned = link.description.assigned.filter(({ partitions }) => partitions.length > 0)
  const still = plan.topics.filter((topic) => assigned.some((entry) => entry.topic === topic))
  return whenAny(still, (names) =>
    finding(
      'blocking',
      'topics-still-mirrored',
      `${link.name} still mirrors ${listed(names)}, which the failover should have ended. Take it out of the selection, then start again.`,
    ),
  )
}

function nextLink({ nextLink: next, nextSelection }: World): Finding[] {
  if (next === null) return []
  if (next.problem !== null) {
    return [finding('blocking', 'next-link-unreachable', `The link ${next.name} cannot be enabled: ${next.problem}`)]
  }
  const obstacles = next.description?.obstacles ?? []
  const mirrors = next.description?.state === 'running' && mirrorsBySelection(next.description)
  return [
    ...next.service,
    ...obstacles.map((text) => finding('warning', 'next-link-obstacle', `${next.name}: ${text}`)),
    ...(mirrors
      ? [finding('warning', 'next-link-running', `${next.name} mirrors already: ${next.description?.detail ?? ''}`)]
      : []),
    ...(nextSelection && !nextSelection.ok ? [finding('blocking', 'selection-unreadable', nextSelection.problem)] : []),
    ...whenAny(nextSelection?.ok ? nextSelection.value.refused : [], (names) =>
      finding(
        'blocking',
        'cycle',
        `The selection of ${next.name} would send topics back to where they came from: ${listed(names)}. Use exact local names there.`,
      ),
    ),
  ]
}

/** Heartbeats and the like are copied by every link that runs, whatever it selects. */
function mirrorsBySelection({ assigned, selection }: LinkDescription): boolean {
  const selected = matcherOr(selection, true)
  return assigned.some(({ topic, partitions }) => partitions.length > 0 && selected(topic))
}

function otherSide(plan: Plan, world: World): Finding[] {
  const { source, target } = world
  return plan.branch === 'replace'
    ? [
        ...replacementTopics(plan, world),
        ...aliasUnused(plan, world),
        ...parity(plan, source, target),
        ...settingsFindings(plan, source, target),
      ]
    : [
        ...topicsThere(plan, target, 'blocking'),
        ...parity(plan, source, target),
        ...settingsFindings(plan, source, target),
      ]
}

/** Copies are created by the mirroring; local topics are needed at failback only, and somebody must create them. */
function replacementTopics(plan: Plan, { target }: World): Finding[] {
  const there = new Set(target.topics.map(({ topic }) => topic))
  return whenAny(
    plan.topics.filter((topic) => !there.has(topic)),
    (names) =>
      finding(
        'warning',
        'topic-missing',
        `The replacement ${target.alias} has no topic ${listed(names)} yet. Create it, with as many partitions as on ${plan.source}, before the failback.`,
      ),
  )
}

/** A copy that carries the replacement's alias would be taken for its own data. */
function aliasUnused(plan: Plan, { source }: World): Finding[] {
  const used = source.liveTopics.filter((topic) => hops(plan.naming, topic).some(({ alias }) => alias === plan.target))
  return whenAny(used, (names) =>
    finding(
      'blocking',
      'alias-in-use',
      `${source.alias} has topics that carry the replacement's alias ${plan.target}: ${listed(names)}. Choose an alias that was never used.`,
    ),
  )
}
