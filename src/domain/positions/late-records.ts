import type { OffsetPlan } from '../../contract/offset-plan.ts'
import { committedOf } from './committed.ts'
import { keepsNames } from '../names/naming.ts'
import type { MoveInput } from './position.ts'
import { type Segment, legsOf, segmentsOf } from './segments.ts'

/** Records that a group would read after newer ones of the same partition, at most. */
export interface LateRecords {
  readonly group: string
  /** Unread in the target's own topics, from before the pair left it: everything in the source's copy comes before them. */
  readonly onTarget: number
  /** Unread in the source's topics, from before the pair left that: the group may have read newer ones of the target's. */
  readonly inCopy: number
}

/**
 * What the barrier cannot put in order. It holds the target's own topics back until the copy is read, so it keeps the order
 * of a group that is behind in the source's last segment. One that is behind over more than one would have to take turns
 * between a topic and a copy, which no consumer does. Offsets are counted, so markers and what is read again count as well.
 */
export function lateRecords(input: MoveInput, { groups }: OffsetPlan): LateRecords[] {
  // One log on the target holds all of it, in its order.
  if (keepsNames(input.plan.naming, input.plan.source)) return []
  const topics = new Map(input.groupTopics.map((reader) => [reader.group, reader.topics]))
  return groups.map(({ group, rows }) => {
    const local = rows.filter(([topic]) => topics.get(group)?.includes(topic))
    const late = local.map(([topic, partition, chosen]) => lateOf(input, { group, topic, partition, chosen }))
    return {
      group,
      onTarget: late.reduce((sum, { onTarget }) => sum + onTarget, 0),
      inCopy: late.reduce((sum, { inCopy }) => sum + inCopy, 0),
    }
  })
}

function lateOf(input: MoveInput, at: { group: string; topic: string; partition: number; chosen: number }) {
  const { source, target } = input.plan
  const order: Order = {
    legs: legsOf(input.dossier, at.topic, at.partition),
    segments: segmentsOf(input.dossier, at.topic, at.partition),
  }
  const end =
    input.target.ends.find(({ topic }) => topic === at.topic)?.partitions.find(([p]) => p === at.partition)?.[2] ?? 0
  const onTarget = unreadBefore(order, { cluster: target, newer: source, position: at.chosen, end, target })
  // A dark source tells no position; a group that drains has read all of it, in whatever order, before this move.
  if (input.source === null || input.drainedGroups.includes(at.group)) return { onTarget, inCopy: 0 }
  const position = committedOf(input.source.committed, at.group, at.topic, at.partition) ?? 0
  return {
    onTarget,
    inCopy: unreadBefore(order, { cluster: source, newer: target, position, end: position, target }),
  }
}

interface Order {
  /** All of it: what was settled since may have been read before, and is then newer than what is read after it. */
  readonly legs: readonly Segment[]
  /** What may still be read. */
  readonly segments: readonly Segment[]
}

/** Offsets of `cluster` from the position on, in segments that one of `newer` came after. `end` where a segment's is not known. */
function unreadBefore(
  { legs, segments }: Order,
  x: { cluster: string; newer: string; position: number; end: number; target: string },
): number {
  // Once the cut is marked the last segment is this move's own: it is read last, and nothing is late because of it.
  const earlier = legs.at(-1)?.cluster === x.target ? legs.slice(0, -1) : legs
  const newest = earlier.findLastIndex(({ cluster }) => cluster === x.newer)
  if (newest < 0) return 0
  // On one cluster the legs follow each other by their offsets.
  const last = earlier.slice(0, newest).findLast(({ cluster }) => cluster === x.cluster)
  const older = segments.filter(
    ({ cluster, from }) => cluster === x.cluster && last !== undefined && from < (last.to ?? Infinity),
  )
  // A dossier forgets old cuts, and an adopted one never had them: what lies before those it knows is older than all.
  const before = { from: 0, to: segments.find(({ cluster }) => cluster === x.cluster)?.from ?? x.end }
  return [before, ...older].reduce(
    (sum, { from, to }) => sum + Math.max(0, (to ?? x.end) - Math.max(x.position, from)),
    0,
  )
}
