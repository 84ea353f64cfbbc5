import type { OffsetPlan, OffsetPlanRow, PositionBasis } from '../contract/offset-plan.ts'
import type { Dossier } from '../contract/dossier.ts'
import type { GroupOffsets, TopicEnds, TopicOffsets } from '../contract/evidence.ts'
import type { Plan } from '../contract/plan.ts'
import { beginsAtStart } from './choices/uncommitted.ts'
import { keepsNames, remoteName } from './naming.ts'
import { indexing, type Lookup } from './lookup.ts'
import { localPosition } from './position-local.ts'
import { remotePosition } from './position-remote.ts'
import { sameLogPosition } from './position-same-log.ts'

export interface MoveInput {
  readonly plan: Plan
  readonly dossier: Dossier
  /** Groups proven to have read everything on the source, of all their topics, local and remote. */
  readonly drainedGroups: readonly string[]
  /** Null: dark. */
  readonly source: { readonly committed: readonly GroupOffsets[] } | null
  /** `committed` on remote topics is what the link translated, or own earlier progress; on local ones own progress. */
  readonly target: { readonly ends: readonly TopicEnds[]; readonly committed: readonly GroupOffsets[] }
  /** Local topics each group reads. */
  readonly groupTopics: readonly { readonly group: string; readonly topics: readonly string[] }[]
}

/** What a plan is made of, and how it is looked into. */
export interface PlannedMove extends MoveInput {
  readonly find: Lookup
}

/** Where to continue in one partition, and what that may cost. */
export interface Position {
  readonly chosen: number
  /** Records that may be read twice, at most. */
  readonly duplicates: number
  readonly why: string
  readonly basis: PositionBasis
  /** A sentence where no safe offset exists. */
  readonly obstacle?: string
}

/**
 * Where every group continues on the target: an explicit offset for every partition of the remote and the local topic,
 * so that `auto.offset.reset` never decides. Never beyond an unread, unsettled record (design, "Where a group
 * continues"). Where records the group has not read are gone, the plan says so as an obstacle.
 */
export function planMove(move: MoveInput, find: Lookup = indexing()): OffsetPlan {
  const input = { ...move, find }
  const obstacles: string[] = []
  const groups = input.groupTopics.map(({ group, topics }) => {
    const rows = topics.flatMap((topic) =>
      keepsNames(input.plan.naming, input.plan.source)
        ? localRows(input, group, topic, obstacles)
        : [...remoteRows(input, group, topic, obstacles), ...localRows(input, group, topic, obstacles)],
    )
    return { group, rows, duplicates: rows.reduce((sum, [, , , , , duplicates]) => sum + duplicates, 0) }
  })
  return { groups, copies: copiesOf(input), obstacles }
}

function copiesOf(input: PlannedMove): TopicOffsets[] {
  const topics = [...new Set(input.groupTopics.flatMap((reader) => reader.topics))]
  return topics
    .map((topic) => remoteName(input.plan.naming, input.plan.source, topic))
    .map((topic) => ({ topic, offsets: partitionsOf(input, topic).map(([p, , end]): [number, number] => [p, end]) }))
    .filter(({ offsets }) => offsets.length > 0)
}

/** Rows of the source's copy on the target; none when nothing was ever mirrored. */
function remoteRows(input: PlannedMove, group: string, topic: string, obstacles: string[]): OffsetPlanRow[] {
  const remote = remoteName(input.plan.naming, input.plan.source, topic)
  return partitionsOf(input, remote).map(([partition, start, end]) => {
    const translated = input.find.committed(input.target.committed, group, remote, partition)
    const fromStart = beginsAtStart(input.plan, group, topic, partition)
    const position = fromStart
      ? chosenStart(start)
      : remotePosition({ start, end, translated, drained: input.drainedGroups.includes(group) })
    note(obstacles, input, group, remote, partition, position)
    const committed = input.find.committed(input.source?.committed ?? [], group, topic, partition)
    return row(remote, partition, position, committed, translated)
  })
}

function localRows(input: PlannedMove, group: string, topic: string, obstacles: string[]): OffsetPlanRow[] {
  const { plan, target } = input
  const ends = input.find.entry(target.ends, topic)
  if (ends === undefined) {
    obstacles.push(`${topic} does not exist on ${plan.target}, so ${group} has no place to continue. Create it there.`)
    return []
  }
  return partitionsOf(input, topic).map((partitionEnds) => {
    const partition = partitionEnds[0]
    const at = { group, topic, topicId: ends.topicId, partitionEnds }
    const oneLog = keepsNames(plan.naming, plan.source)
    const fromStart = oneLog && beginsAtStart(plan, group, topic, partition)
    const position = fromStart
      ? chosenStart(partitionEnds[1])
      : oneLog
        ? sameLogPosition(input, at)
        : localPosition(input, at)
    note(obstacles, input, group, topic, partition, position)
    const readRemotely = remoteName(plan.naming, plan.target, topic)
    const committed = input.find.committed(input.source?.committed ?? [], group, readRemotely, partition)
    return row(topic, partition, position, committed, input.find.committed(target.committed, group, topic, partition))
  })
}

/** A person chose it before the approval, where the group has no commit: nothing of it was read. */
function chosenStart(start: number): Position {
  return { chosen: start, duplicates: 0, why: 'start: chosen before the approval', basis: 'done' }
}

function partitionsOf(input: PlannedMove, topic: string) {
  const ends = input.find.entry(input.target.ends, topic)
  return [...(ends?.partitions ?? [])].sort(([a], [b]) => a - b)
}

function row(
  topic: string,
  partition: number,
  { chosen, duplicates, why, basis }: Position,
  committed: number | undefined,
  translated: number | undefined,
): OffsetPlanRow {
  return [topic, partition, chosen, committed ?? -1, translated ?? -1, duplicates, why, basis]
}

function note(obstacles: string[], input: MoveInput, group: string, topic: string, partition: number, p: Position) {
  if (p.obstacle === undefined) return
  obstacles.push(`${group} on ${input.plan.target}, ${topic} partition ${partition}: ${p.obstacle}`)
}
