import type { KnownEnds, TopicEnds } from '../../contract/evidence.ts'

/** High watermarks to which later ends are held. */
export function knownEnds(topics: readonly TopicEnds[]): KnownEnds[] {
  return topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    ends: partitions.map(([partition, , end]): [number, number] => [partition, end]),
  }))
}
