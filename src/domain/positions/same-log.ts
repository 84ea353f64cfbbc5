import { boundOf, cutOf, type LocalPartition, uncut } from './local.ts'
import { remotePosition } from './remote.ts'
import type { PlannedMove, Position } from './position.ts'

/**
 * Where a group continues where copies keep their names: the topic is the source's copy up to the cut, and the target's own
 * behind it. So it is placed as in a copy that ends there, and simply reads on.
 */
export function sameLogPosition(input: PlannedMove, at: LocalPartition): Position {
  const [partition, start, end] = at.partitionEnds
  const cut = cutOf(input, at)
  const translated = input.find.committed(input.target.committed, at.group, at.topic, partition)
  if (cut === 'missing') return uncut(at, translated)
  const bound = boundOf(cut.offset, at)
  if (input.drainedGroups.includes(at.group))
    return { chosen: bound, duplicates: 0, why: `${cut.why}: everything before it was read`, basis: 'done' }
  // Behind the cut only a consumer on the target can have committed; what it read before that, nobody knows.
  if (translated !== undefined && translated > bound)
    return {
      chosen: start,
      duplicates: end - start,
      why: `start: committed at ${translated}, behind the cut ${bound}`,
      basis: 'untold',
    }
  return remotePosition({ start, end: bound, translated, drained: false })
}
