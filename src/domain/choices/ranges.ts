import type { SeenRange, SeenRanges } from '../../contract/choices.ts'
import type { PartitionEnds, TopicEnds } from '../../contract/evidence.ts'

/** A range of each partition of these topics, where `rangeOf` has one; topics without any are left out. Records are not counted yet. */
export function rangesOf(
  ends: readonly TopicEnds[],
  topics: readonly string[],
  rangeOf: (topic: TopicEnds, row: PartitionEnds) => [from: number, to: number] | null,
): SeenRanges[] {
  const asked = new Set(topics)
  return ends
    .filter(({ topic }) => asked.has(topic))
    .flatMap((seen): SeenRanges[] => {
      const rows = seen.partitions.flatMap((row): SeenRange[] => {
        const range = rangeOf(seen, row)
        return range === null || range[0] >= range[1] ? [] : [[row[0], ...range, null]]
      })
      return rows.length === 0 ? [] : [{ topic: seen.topic, topicId: seen.topicId, rows }]
    })
}

/** Is there a partition that was not there when somebody chose? One that was is covered, also while it grows. */
export function uncovered(found: readonly SeenRanges[], chosen: readonly SeenRanges[] = []): boolean {
  return found.some(({ topic, topicId, rows }) => {
    const known = chosen.find((entry) => entry.topic === topic && entry.topicId === topicId)
    return rows.some(([partition]) => !known?.rows.some(([number]) => number === partition))
  })
}
