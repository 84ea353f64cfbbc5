import type { TopicEnds } from '../../contract/evidence.ts'
import type { CertifyInput } from './input.ts'

/** Why there is no certificate, beyond the verdict on a partition: sentences for a person. */
export function certificateObstacles(input: CertifyInput): string[] {
  return [...input.obstacles, ...linkObstacles(input), ...topicObstacles(input), ...fenceObstacles(input)]
}

function linkObstacles({ link, linkState, assigned }: CertifyInput): string[] {
  if (linkState !== 'running') {
    return [`The link ${link} is ${linkState}: only a running link's mirrored-to offsets prove anything. Resume it.`]
  }
  return assigned.some(({ partitions }) => partitions.length > 0)
    ? []
    : [`The link ${link} is running without a task: nothing is being mirrored. Restart its source connector.`]
}

function topicObstacles({ topicsWanted, ends, previousIds }: CertifyInput): string[] {
  if (topicsWanted.length === 0) return ['No topic was asked about, so nothing is proven.']
  return [...new Set(topicsWanted)].flatMap((topic) => {
    const found = ends.find((entry) => entry.topic === topic)
    if (found === undefined || found.partitions.length === 0) {
      return [`The ends of ${topic} on the source could not be read: the topic is missing, or has no partition.`]
    }
    const before = previousIds?.find((entry) => entry.topic === topic)
    return before === undefined || before.topicId === found.topicId
      ? []
      : [`${topic} was recreated on the source: its id was ${before.topicId} and is ${found.topicId}.`]
  })
}

function fenceObstacles({ fencedEnds, topicsWanted, ends, markersOnly }: CertifyInput): string[] {
  if (fencedEnds === null) return []
  return ends
    .filter(({ topic }) => topicsWanted.includes(topic))
    .flatMap((now) => {
      const fenced = fencedEnds.find((entry) => entry.topic === now.topic)
      return fenced === undefined
        ? [
            `${now.topic} has no fenced end: the fence was proven without it. Fence it, and prove that it does not advance.`,
          ]
        : movedSince(fenced, now, new Set(markersOnly?.get(now.topic)))
    })
}

/** `markersOnly`: there nothing but markers came, which a transaction of before leaves behind when it ends. */
function movedSince(fenced: TopicEnds, now: TopicEnds, markersOnly: ReadonlySet<number>): string[] {
  if (fenced.topicId !== now.topicId) {
    return [`${now.topic} was recreated after the fence: its id was ${fenced.topicId} and is ${now.topicId}.`]
  }
  const ends = new Map(now.partitions.map(([partition, , end]) => [partition, end]))
  const gone = fenced.partitions.filter(([partition]) => !ends.has(partition))
  const was = new Map(fenced.partitions.map(([partition, , end]) => [partition, end]))
  return [
    ...gone.map(([partition]) => `${now.topic} partition ${partition} was fenced and could not be read now.`),
    ...[...ends].flatMap(([partition, end]) => {
      const before = was.get(partition) ?? 0
      if (end > before) {
        if (markersOnly.has(partition)) return []
        return `${now.topic} partition ${partition} moved after the fence, from ${before} to ${end}: somebody still writes. Find the writer and fence again.`
      }
      return end < before
        ? `${now.topic} partition ${partition} went back after the fence, from ${before} to ${end}.`
        : []
    }),
  ]
}
