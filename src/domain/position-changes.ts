import type { LagSample, MissingCopies, PositionChange } from '../contract/evidence.ts'

/**
 * What the positions have to be so that a link brings what its copies lack: before the first of it, where the topic is the same;
 * none, where everything has to be mirrored again, or the topic is another one. Of several reasons the earliest offset counts.
 */
export function positionChanges(
  missing: readonly MissingCopies[],
  ends: LagSample['ends'],
): { topic: string; offsets: PositionChange[] }[] {
  const topics = new Map<string, Map<number, number | null>>()
  for (const { topic, why, rows } of missing) {
    const partitions = ends.find((entry) => entry.topic === topic)?.partitions ?? []
    const changes = topics.get(topic) ?? new Map<number, number | null>()
    for (const [partition, from] of rows) {
      const start = partitions.find(([number]) => number === partition)?.[1] ?? 0
      const again = why === 'source-recreated' || from <= start || from === 0
      const before = changes.get(partition)
      changes.set(partition, again || before === null ? null : Math.min(before ?? from - 1, from - 1))
    }
    topics.set(topic, changes)
  }
  return [...topics].map(([topic, changes]) => ({ topic, offsets: [...changes] }))
}
