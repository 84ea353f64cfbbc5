import type { Certificate, Finding, LagSample, PartitionVerdict } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { certify } from '../../certificate/certificate.ts'
import { collidingCopies, loopText, misreadTopics, type RefusedTopic, refusedTopics } from '../../names/cycles.ts'
import { origin } from '../../names/naming.ts'
import { SelectionError, selectedOf } from '../../names/selection.ts'
import { positionIds } from '../topic-identity.ts'
import { lossesOf, lossText } from '../../watch/losses.ts'
import type { LinkDescription } from '../../../contract/observed.ts'
import { listed } from '../../text/listed.ts'
import { finding, unlessForced, whenAny } from '../finding.ts'
import type { LinkLook } from '../world.ts'
import type { World } from '../world.ts'

/** Does the link carry the plan's topics, and can it be proven? For failover and failback. `disabled`: by us, earlier. */
export function linkFindings(
  plan: Plan,
  world: World,
  { disabled, at, sample }: { disabled: boolean; at: string; sample: LagSample | null },
): Finding[] {
  const { link } = world
  const severity = unlessForced(plan)
  const { description } = link
  if (description === null) {
    return [finding(severity, 'link-unreachable', `The link ${link.name} could not be checked: ${link.problem ?? ''}`)]
  }
  return [
    ...serviceFindings(link, severity),
    ...state(link, description, severity),
    ...description.obstacles.map((text) => finding(severity, 'link-obstacle', `${link.name}: ${text}`)),
    ...(disabled ? [] : carries(plan, link, description, severity)),
    ...(description.copiesAcls
      ? [
          finding(
            'info',
            'link-copies-acls',
            `${link.name} copies ACLs, so the fence is made of prefixes: a literal one would arrive on ${link.to}.`,
          ),
        ]
      : []),
    ...loops(plan, world, description),
    ...renamedGroups(plan),
    ...positions(plan, world, description, at, sample),
  ]
}

/** Whoever starts a consumer there by hand has to know. */
function renamedGroups({ groups, groupIds, target }: Plan): Finding[] {
  const called = groups.flatMap((group) => {
    const id = groupIds?.[target]?.[group]
    return id === undefined ? [] : [`${group} is ${id}`]
  })
  return whenAny(called, (names) =>
    finding(
      'info',
      'groups-renamed',
      `On ${target} groups have other ids, which applications are given: ${listed(names)}.`,
    ),
  )
}

/** A run that gives the source up is not held back by what its service lacks. */
function serviceFindings({ service }: LinkLook, severity: Finding['severity']): Finding[] {
  return service.map((one) => (one.severity === 'blocking' ? { ...one, severity } : one))
}

function state(link: LinkLook, description: LinkDescription, severity: Finding['severity']): Finding[] {
  const failed = description.failedTasks.length > 0 && description.obstacles.length === 0
  return description.state === 'running' && !failed
    ? []
    : [
        finding(
          severity,
          'link-not-running',
          `The link ${link.name} is ${description.state} (${description.detail}): what is not mirrored yet will not come. Resume it.`,
        ),
      ]
}

function carries(plan: Plan, link: LinkLook, description: LinkDescription, severity: Finding['severity']): Finding[] {
  const assigned = new Set(
    description.assigned.filter(({ partitions }) => partitions.length > 0).map(({ topic }) => topic),
  )
  try {
    const selected = new Set(selectedOf(description.selection, plan.topics))
    const unselected = plan.topics.filter((topic) => !selected.has(topic))
    const idle = plan.topics.filter((topic) => selected.has(topic) && !assigned.has(topic))
    return [
      ...whenAny(unselected, (names) =>
        finding(
          severity,
          'selection-misses-topics',
          `${link.name} does not select ${listed(names)} (its selection: ${description.selection ?? 'none'}): nothing of it is mirrored. Select it, or leave it out with "topics".`,
        ),
      ),
      ...(description.state === 'running'
        ? whenAny(idle, (names) =>
            finding(
              severity,
              'topics-unassigned',
              `${link.name} selects ${listed(names)}, but no task mirrors it now.`,
            ),
          )
        : []),
    ]
  } catch (error) {
    if (error instanceof SelectionError) return [finding(severity, 'selection-unreadable', error.message)]
    throw error
  }
}

/** MirrorMaker's own guard holds a direct loop back; a pattern that relies on it is worth a word. A longer one it does not see. */
function loops(
  plan: Plan,
  { link, source, target, mirroring, local }: World,
  { selection }: LinkDescription,
): Finding[] {
  const named = [
    ...whenAny(misreadTopics(plan.naming, link.to, local), (names) =>
      finding(
        unlessForced(plan),
        'looks-like-a-copy',
        `By their names ${listed(names)} came from ${link.to}: ${link.name} takes them for copies and silently leaves them out. Rename the topic or choose another alias.`,
      ),
    ),
    ...whenAny(collidingCopies(plan.naming, link.from, local), (names) =>
      finding(
        unlessForced(plan),
        'copy-collides',
        `Copies that ${link.name} makes are called like local topics of ${link.to}: ${listed(names)}. Records of both would be mixed; rename one.`,
      ),
    ),
  ]
  if (selection === null || source.problem !== null) return named
  try {
    const refused = refusedTopics({
      naming: plan.naming,
      link: { ...plan.link, selection, naming: plan.naming },
      ...mirroring,
      live: new Map([
        ...mirroring.live,
        [source.alias, source.liveTopics],
        ...(target.problem === null ? ([[target.alias, target.liveTopics]] as const) : []),
      ]),
      local,
    })
    const texts = (of: RefusedTopic[]) => of.map((one) => `${one.topic} (${loopText(one)})`)
    // A guard goes by the alias in a name.
    if (plan.naming.copies !== undefined) {
      return [
        ...named,
        ...whenAny(texts(refused), (names) =>
          finding(
            unlessForced(plan),
            'cycle-unguarded',
            `What ${link.name} mirrors loops: ${listed(names)}. Nothing in these names stops it: narrow the selections to exact names, or disable the link the other way.`,
          ),
        ),
      ]
    }
    const direct = (one: RefusedTopic) => origin(plan.naming, one.topic).path.includes(link.to)
    return [
      ...named,
      ...whenAny(texts(refused.filter(direct)), (names) =>
        finding(
          'warning',
          'cycle',
          `The selection of ${link.name} also matches topics that came from ${link.to}: ${listed(names)}. Only the mirroring's own guard keeps them from looping; exact names do not need it.`,
        ),
      ),
      ...whenAny(texts(refused.filter((one) => !direct(one))), (names) =>
        finding(
          'warning',
          'cycle-by-others',
          `What ${link.name} mirrors is selected by other links so that it loops: ${listed(names)}. At best the mirroring's own guard keeps it back; narrow one of these selections to exact names.`,
        ),
      ),
    ]
  } catch (error) {
    if (error instanceof SelectionError) return named
    throw error
  }
}

function positions(
  plan: Plan,
  world: World,
  description: LinkDescription,
  at: string,
  sample: LagSample | null,
): Finding[] {
  const { link, source } = world
  const severity = unlessForced(plan)
  if (!link.mirroredTo.ok) {
    return [
      finding(
        severity,
        'positions-unreadable',
        `How far ${link.name} has mirrored cannot be read: ${link.mirroredTo.problem}`,
      ),
    ]
  }
  if (source.problem !== null) return []
  const certificate = certify({
    takenAt: at,
    link: link.name,
    ends: source.ends,
    mirroredTo: link.mirroredTo.value,
    scans: [],
    assigned: description.assigned,
    linkState: description.state,
    obstacles: [],
    topicsWanted: plan.topics,
    fencedEnds: null,
    previousIds: positionIds(sample ?? {}),
  })
  return [
    finding(
      'info',
      'lag',
      `${certificate.totalLag} offsets on ${plan.source} are not acknowledged on ${plan.target} at this moment, transaction markers included.`,
    ),
    ...whenAny(expiredUnseen(certificate), (names) =>
      finding(
        'warning',
        'expired-unknown',
        `Offsets expired on ${plan.source} before they were seen to be mirrored: ${listed(names)}. Whether they held records, or only transaction markers and aborted records, cannot be known any more: the number of records lost is unknown.`,
      ),
    ),
    ...whenAny(lossesOf(sample?.lost, certificate.topics).map(lossText), (names) =>
      finding(
        'warning',
        'lost-before',
        `Records were removed on ${plan.source} before they were seen to be mirrored, and ${link.name} has gone on behind them: ${listed(names)}. Nothing brings them to ${plan.target}; the run goes on and keeps the ranges in its ledger.`,
      ),
    ),
    ...whenAny(partitionsThatAre(certificate, 'truncated-or-recreated'), (names) =>
      finding(
        severity,
        'truncated-or-recreated',
        `The position of ${link.name} is not one in the topic that ${plan.source} has now: ${listed(names)}. It was truncated or created again, so the position means nothing. Stop the connector, delete its offsets for this topic, and resume it before you start.`,
      ),
    ),
    ...whenAny(partitionsThatAre(certificate, 'open-transaction'), (names) =>
      finding(
        'warning',
        'open-transaction',
        `Transactions are open on ${plan.source}: ${listed(names)}. The fence is proven only when they have ended.`,
      ),
    ),
  ]
}

function expiredUnseen({ topics }: Certificate): string[] {
  return topics.flatMap(({ topic, rows }) =>
    rows.flatMap((row) => (row[7] ? [`${topic}-${row[0]} offsets ${row[7][0]} to ${row[7][1] - 1}`] : [])),
  )
}

function partitionsThatAre({ topics }: Certificate, verdict: PartitionVerdict): string[] {
  return topics.flatMap(({ topic, rows }) =>
    rows
      .filter(([, , , , , , found]) => found === verdict)
      .map(
        ([partition, start, end, , mirroredTo]) =>
          `${topic}-${partition} (log ${start} to ${end}, mirrored to ${mirroredTo})`,
      ),
  )
}
