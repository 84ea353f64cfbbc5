import type { Finding, PackedSample } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { remoteName, remoteNameTooLong } from '../../names/naming.ts'
import { linkName } from '../../names/link-name.ts'
import { listed } from '../../text/listed.ts'
import { finding, unlessForced, whenAny } from '../finding.ts'
import type { World } from '../world.ts'
import type { SideLook } from '../world.ts'
import { settingsFindings } from './settings-findings.ts'

/** Do both sides answer, and do they have the topics, whole and alike? For failover and failback. */
export function sideFindings(plan: Plan, { source, target }: World, lastSample: PackedSample | null): Finding[] {
  return [
    ...sourceReachability(plan, source),
    ...(plan.mode === 'forced' && source.problem !== null ? estimateBasis(plan, lastSample) : []),
    ...targetReachability(target),
    ...(source.problem === null ? topicsThere(plan, source, unlessForced(plan)) : []),
    ...(target.problem === null ? topicsOnTarget(plan, target) : []),
    ...parity(plan, source, target),
    ...settingsFindings(plan, source, target),
    ...remoteNames(plan, plan.link),
    ...(target.problem === null && plan.mode === 'forced' ? copiesThere(plan, target) : []),
  ]
}

function sourceReachability(plan: Plan, source: SideLook): Finding[] {
  const forced = plan.mode === 'forced'
  if (source.problem === null) {
    return forced
      ? [
          finding(
            'warning',
            'source-answers',
            `${source.alias} answers although this run is forced: a planned run could fence and drain it, and lose nothing.`,
          ),
        ]
      : []
  }
  return forced
    ? [finding('info', 'source-dark', `${source.alias} is unreachable, as a forced run expects: ${source.problem}`)]
    : [
        finding(
          'blocking',
          'source-unreachable',
          `${source.alias} could not be checked: ${source.problem} When it is lost, force the run.`,
        ),
      ]
}

/** What the number of lost records rests on: an approval must not take an estimate for a count. */
function estimateBasis(plan: Plan, sample: PackedSample | null): Finding[] {
  const seenAt = sample && (sample.sourceSeenAt ?? (sample.sourceReachable ? sample.at : null))
  return [
    finding(
      'warning',
      'loss-estimated',
      seenAt === null
        ? `${plan.source} was never checked before it became unreachable, so it is not known how much was not mirrored.`
        : `The loss is an estimate: it rests on the ends of ${plan.source} at ${seenAt}. What was written there after that is not in it; it is counted when ${plan.source} is back.`,
    ),
  ]
}

export function targetReachability(target: SideLook): Finding[] {
  return target.problem === null
    ? []
    : [finding('blocking', 'target-unreachable', `${target.alias} could not be checked: ${target.problem}`)]
}

/** What is missing there is created, when that was asked for. */
function topicsOnTarget(plan: Plan, target: SideLook): Finding[] {
  if (!plan.createTopics) return topicsThere(plan, target, 'blocking')
  const there = new Set(target.topics.map(({ topic }) => topic))
  const missing = plan.topics.filter((topic) => !there.has(topic))
  return [
    ...whenAny(missing, (names) =>
      finding(
        'info',
        'topic-to-create',
        `${target.alias} has no topic ${listed(names)}: the run creates ${missing.length === 1 ? 'it' : 'them'} right after the approval, with the partitions and settings of ${plan.source}.`,
      ),
    ),
    ...topicsThere({ ...plan, topics: plan.topics.filter((topic) => there.has(topic)) }, target, 'blocking'),
  ]
}

/** Every topic of the plan exists there, with a leader for each partition. */
export function topicsThere(plan: Plan, side: SideLook, severity: Finding['severity']): Finding[] {
  const described = new Map(side.topics.map((topic) => [topic.topic, topic]))
  const missing = plan.topics.filter((topic) => !described.has(topic))
  const offline = side.topics.filter((topic) => topic.offline.length > 0)
  return [
    ...whenAny(missing, (names) =>
      finding(
        severity,
        'topic-missing',
        `${side.alias} has no topic ${listed(names)}. Create it there with as many partitions as on the other side.`,
      ),
    ),
    ...whenAny(
      offline.map(({ topic, offline: partitions }) => `${topic} (${partitions.join(', ')})`),
      (names) =>
        finding(
          severity,
          'partitions-offline',
          `Partitions without a leader on ${side.alias}: ${listed(names)}. Bring their brokers back.`,
        ),
    ),
  ]
}

/** Equal numbers of partitions: otherwise the same key goes to another partition, and its order is lost. */
export function parity(plan: Plan, source: SideLook, target: SideLook): Finding[] {
  const other = new Map(target.topics.map(({ topic, partitions }) => [topic, partitions]))
  const unequal = source.topics
    .filter(({ topic, partitions }) => plan.topics.includes(topic) && (other.get(topic) ?? partitions) !== partitions)
    .map(
      ({ topic, partitions }) =>
        `${topic} (${source.alias}: ${partitions}, ${target.alias}: ${other.get(topic) ?? 'none'})`,
    )
  const strict = plan.ordering === 'strict'
  return whenAny(unequal, (names) =>
    finding(
      strict ? 'blocking' : 'warning',
      'partition-parity',
      `Different numbers of partitions: ${listed(names)}. Keys change their partition, so ${strict ? 'strict order cannot be kept: make them equal' : 'the order of a key is not kept across the move'}.`,
    ),
  )
}

export function remoteNames(plan: Plan, link: { from: string; to: string }): Finding[] {
  const tooLong = plan.topics.filter((topic) => remoteNameTooLong(plan.naming, link.from, topic))
  return whenAny(tooLong, (names) =>
    finding(
      unlessForced(plan),
      'remote-name-too-long',
      `The copy's name on ${link.to} would exceed Kafka's 249 characters, so ${linkName(link)} silently does not mirror ${listed(names)}.`,
    ),
  )
}

/** In a forced run nothing more will come: what is there is what consumers get. */
function copiesThere(plan: Plan, target: SideLook): Finding[] {
  const there = new Set(target.liveTopics)
  const missing = plan.topics
    .map((topic) => remoteName(plan.naming, plan.source, topic))
    .filter((topic) => !there.has(topic))
  return whenAny(missing, (names) =>
    finding(
      'warning',
      'remote-topic-missing',
      `${target.alias} has no ${listed(names)}: nothing of it was mirrored, and consumers find nothing of it there.`,
    ),
  )
}
