import type {
  Certificate,
  CertificateRow,
  CertifiedCopy,
  EndsSince,
  KnownEnds,
  TopicEnds,
  TopicOffsets,
} from '../../contract/evidence.ts'

/** The ends that a certificate was taken at. */
export function certifiedEnds({ topics }: Certificate): KnownEnds[] {
  return topics.map(({ topic, topicId, rows }) => ({
    topic,
    topicId,
    ends: rows.map(([partition, , end]): [number, number] => [partition, end]),
  }))
}

/**
 * Does a certificate still hold? The source must be the same topics with the same ends (markers of transactions aside), the link's position must not have gone
 * back where it was the proof, and the copies must be the same topics that end where they did or later. Answers what changed, in
 * a person's words; empty when it holds. `copies`: ends of the copies the certificate names; absent where nobody reads them.
 */
export function brokenSince(
  certificate: Certificate,
  ends: EndsSince[],
  mirroredTo: TopicOffsets[],
  copies?: TopicEnds[],
): string[] {
  const broken: string[] = []
  for (const { topic, topicId, rows, copy } of certificate.topics) {
    const now = ends.find((candidate) => candidate.topic === topic)
    if (!now) {
      broken.push(`${topic} is gone`)
      continue
    }
    if (now.topicId !== topicId) broken.push(`${topic} was deleted and created again`)
    const positions = new Map(mirroredTo.find((candidate) => candidate.topic === topic)?.offsets)
    for (const [partition, , highWatermark, , certified, , , , basis] of rows) {
      const end = now.partitions.find(([candidate]) => candidate === partition)
      if (!end) {
        broken.push(`${topic}-${partition} is gone`)
        continue
      }
      if (end[2] !== highWatermark && !now.markersOnly?.includes(partition))
        broken.push(`${topic}-${partition} moved from ${highWatermark} to ${end[2]}`)
      const position = positions.get(partition) ?? -1
      if (position < certified && basis !== 'copy')
        broken.push(`the link's position of ${topic}-${partition} fell from ${certified} to ${position}`)
    }
    if (copy !== undefined && copies !== undefined) broken.push(...brokenCopy(copy, copies, rows, now))
    if (now.partitions.length > rows.length)
      broken.push(`${topic} has ${now.partitions.length} partitions, not ${rows.length}`)
  }
  return broken
}

function brokenCopy(
  { name, copyId, rows }: CertifiedCopy,
  copies: readonly TopicEnds[],
  certified: readonly CertificateRow[],
  source: TopicEnds,
): string[] {
  if (copyId === null) return []
  const now = copies.find(({ topic }) => topic === name)
  if (now === undefined) return [`the copy ${name} is gone`]
  if (now.topicId !== copyId) return [`the copy ${name} was deleted and created again`]
  const starts = new Map(source.partitions.map(([partition, start]) => [partition, start]))
  const offsets = new Map(certified.map(([partition, , , , offset]) => [partition, offset]))
  return rows.flatMap(([partition, end, last]) => {
    const found = now.partitions.find(([candidate]) => candidate === partition)
    if (found === undefined) return end === 0 ? [] : [`the copy ${name}-${partition} is gone`]
    if (found[2] < end) return [`the copy ${name}-${partition} went back from ${end} to ${found[2]}`]
    // Retention may take a record of the copy, and then takes that of the source as well.
    const held = (starts.get(partition) ?? 0) <= (offsets.get(partition) ?? -1)
    return last >= 0 && found[1] > last && held
      ? [`the copy ${name}-${partition} was emptied up to ${found[1]}, and its source was not`]
      : []
  })
}
