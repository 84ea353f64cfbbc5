import type { Settlement } from '../../contract/dossier.ts'
import type { LagSample, MissingCopies, PositionChange } from '../../contract/evidence.ts'
import type { TopicMirroredTo } from '../certificate/mirrored-to.ts'
import { indexing } from './lookup.ts'
import { settledRanges, skipSettled } from './settled.ts'

interface Positions {
  topic: string
  offsets: PositionChange[]
}

/**
 * What the positions have to be so that a link brings what its copies lack: before the first of it, where the topic is the same;
 * none, where everything has to be mirrored again, or the topic is another one. Of several reasons the earliest offset counts.
 */
export function positionChanges(missing: readonly MissingCopies[], ends: LagSample['ends']): Positions[] {
  const find = indexing()
  const topics = new Map<string, Map<number, number | null>>()
  for (const { topic, why, rows } of missing) {
    const partitions = find.entry(ends, topic)?.partitions
    const changes = topics.get(topic) ?? new Map<number, number | null>()
    for (const [partition, from] of rows) {
      const start = (partitions && find.row(partitions, partition)?.[1]) ?? 0
      const again = why === 'source-recreated' || from <= start || from === 0
      const before = changes.get(partition)
      changes.set(partition, again || before === null ? null : Math.min(before ?? from - 1, from - 1))
    }
    topics.set(topic, changes)
  }
  return [...topics].map(([topic, changes]) => ({ topic, offsets: [...changes] }))
}

/**
 * The changes with positions past what was settled. A partition whose copy lacks more than was settled keeps its change, so that
 * the settled records come along: those, as `topic-partition`, are `again`. `cluster`: the source.
 */
export function withSettled(
  changes: readonly Positions[],
  settled: readonly TopicMirroredTo[],
  settlements: readonly Settlement[],
  cluster: string,
): { positions: Positions[]; again: string[] } {
  const again: string[] = []
  const find = indexing()
  const topics = new Map(changes.map(({ topic, offsets }) => [topic, new Map(offsets)]))
  for (const { topic, offsets } of settled) {
    const positions = topics.get(topic) ?? new Map<number, number | null>()
    topics.set(topic, positions)
    for (const [partition, offset] of offsets) {
      const change = positions.get(partition)
      if (typeof change === 'number' && change >= offset) continue
      const ranges = settledRanges({ settlements: [...settlements] }, cluster, topic, partition, 0, find)
      const next = change === undefined || change === null ? 0 : change + 1
      if (change === undefined || skipSettled(next, ranges) > offset) positions.set(partition, offset)
      else again.push(`${topic}-${partition}`)
    }
  }
  return { positions: [...topics].map(([topic, offsets]) => ({ topic, offsets: [...offsets] })), again }
}
