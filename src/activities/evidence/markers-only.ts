import type { EndsSince, KnownEnds, TopicEnds } from '../../contract/evidence.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { grouped } from '../../domain/text/grouped.ts'

/** Offsets read of one partition: each transaction that ends leaves one, so more of them are a writer's. */
const longestMove = 1_000
const movesOfALook = 200
const scansAtOnce = 8

/** What was read, by ids, partition, and offsets: a log does not change behind its last stable offset. */
export type MarkerMemory = Map<string, boolean>

/**
 * The partitions of each topic whose end has moved since by markers of transactions and nothing else, each offset of it read. What
 * cannot be read, is open, or was removed meanwhile is not among them, and neither are aborted records: somebody wrote those.
 */
export async function markersOnly(
  cluster: ClusterLooks,
  ends: readonly TopicEnds[],
  since: readonly KnownEnds[],
  signal: AbortSignal,
  memory: MarkerMemory = new Map(),
): Promise<Map<string, number[]>> {
  const moves = ends.flatMap(({ topic, topicId, partitions }) => {
    const known = since.find((entry) => entry.topic === topic && entry.topicId === topicId)
    if (known === undefined) return []
    const before = new Map(known.ends)
    return partitions.flatMap(([partition, start, to, stable]) => {
      const from = before.get(partition) ?? 0
      const readable = from < to && to - from <= longestMove && start <= from && stable === to
      return readable ? [{ topic, partition, from, to, key: `${topicId}/${partition}/${from}/${to}` }] : []
    })
  })
  const found = await eachOf(moves.slice(0, movesOfALook), scansAtOnce, async ({ topic, partition, from, to, key }) => {
    let only = memory.get(key)
    if (only === undefined) {
      const { records, controlMarkers, complete } = await cluster.scan(topic, partition, from, to, signal)
      only = complete && records === 0 && controlMarkers === to - from
      if (complete) memory.set(key, only)
    }
    return only ? { topic, partition } : null
  })
  return grouped(
    found.filter((move) => move !== null),
    ({ topic }) => topic,
    ({ partition }) => partition,
  )
}

/** Ends now, and which of them moved by markers alone. */
export async function endsSince(
  cluster: ClusterLooks,
  topics: string[],
  since: readonly KnownEnds[],
  signal: AbortSignal,
): Promise<EndsSince[]> {
  const ends = await cluster.ends(topics, signal)
  if (since.length === 0) return ends
  const moved = await markersOnly(cluster, ends, since, signal)
  return ends.map((entry) => {
    const only = moved.get(entry.topic)
    return only === undefined ? entry : { ...entry, markersOnly: only }
  })
}
