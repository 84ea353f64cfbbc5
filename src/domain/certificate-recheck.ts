import type { Certificate, TopicEnds, TopicOffsets } from '../contract/evidence.ts'

/**
 * Does a certificate still hold? The source must be the same topics with the same ends, and the link's position must not
 * have gone back. Answers what changed, in a person's words; empty when it holds.
 */
export function brokenSince(certificate: Certificate, ends: TopicEnds[], mirroredTo: TopicOffsets[]): string[] {
  const broken: string[] = []
  for (const { topic, topicId, rows } of certificate.topics) {
    const now = ends.find((candidate) => candidate.topic === topic)
    if (!now) {
      broken.push(`${topic} is gone`)
      continue
    }
    if (now.topicId !== topicId) broken.push(`${topic} was deleted and created again`)
    const positions = new Map(mirroredTo.find((candidate) => candidate.topic === topic)?.offsets)
    for (const [partition, , highWatermark, , certified] of rows) {
      const end = now.partitions.find(([candidate]) => candidate === partition)
      if (!end) {
        broken.push(`${topic}-${partition} is gone`)
        continue
      }
      if (end[2] !== highWatermark) broken.push(`${topic}-${partition} moved from ${highWatermark} to ${end[2]}`)
      const position = positions.get(partition) ?? -1
      if (position < certified)
        broken.push(`the link's position of ${topic}-${partition} fell from ${certified} to ${position}`)
    }
    if (now.partitions.length > rows.length)
      broken.push(`${topic} has ${now.partitions.length} partitions, not ${rows.length}`)
  }
  return broken
}
