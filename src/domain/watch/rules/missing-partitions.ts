import { remoteName } from '../../names/naming.ts'
import { type WatchRule, some } from '../look.ts'

/** Partitions of the source that have no copy on the target, or that no task mirrors; and topics the source does not have. */
export const missingPartitions: WatchRule = ({ ends, target, link, topics, naming, from, to }) => {
  if (ends === null || target === null || link === null) return undefined
  const counts = new Map(target.copies.map(({ topic, partitions }) => [topic, partitions]))
  const assigned = new Map(link.assigned.map(({ topic, partitions }) => [topic, new Set(partitions)]))
  const found = ends.flatMap(({ topic, partitions }) => {
    const copy = remoteName(naming, from, topic)
    const has = counts.get(copy) ?? 0
    if (has < partitions.length) return [`${copy} has ${has} of ${partitions.length} partitions`]
    const idle = partitions.filter(([partition]) => !(assigned.get(topic)?.has(partition) ?? false))
    return link.state === 'running' && idle.length > 0
      ? [`no task mirrors ${topic} ${idle.map(([partition]) => partition).join(', ')}`]
      : []
  })
  const existing = new Set(ends.map(({ topic }) => topic))
  const absent = topics.filter((topic) => !existing.has(topic)).map((topic) => `${from} has no topic ${topic}`)
  const all = [...absent, ...found]
  if (all.length === 0) return null
  return {
    severity: 'blocking',
    text: `Partitions are missing on ${from}->${to}: ${some(all)}.`,
    todo: `MirrorMaker checks for new topics and partitions every refresh.topics.interval.seconds; if that has passed, see whether it may create topics on ${to}, and restart the connector.`,
  }
}
