import type { OffsetPlan, OffsetPlanRow } from '../../contract/offset-plan.ts'
import type { TopicOffsets } from '../../contract/evidence.ts'
import { beginsAtStart } from '../choices/uncommitted.ts'
import { keepsNames, remoteName } from '../names/naming.ts'
import { indexing, type Lookup } from './lookup.ts'
import { localPosition } from './local.ts'
import { remotePosition } from './remote.ts'
import type { MoveInput, PlannedMove, Position } from './position.ts'
import { sameLogPosition } from './same-log.ts'

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
