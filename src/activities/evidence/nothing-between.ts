import { ApplicationFailure } from '@temporalio/common'
import type { MissingCopies, TopicEnds } from '../../contract/evidence.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'

/** Offsets read of each: when they hold a record, the copy lacks it; a longer range is taken for records. */
const longestScan = 2_000
const placesOfALook = 20
const scansAtOnce = 4

/**
 * Between what a copy holds and its position there may be no record, where somebody moved the position: those places, by
 * `topic/partition`. What cannot be read is taken for records.
 */
export async function nothingBetween(
  cluster: ClusterLooks,
  missing: readonly MissingCopies[],
  ends: readonly TopicEnds[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const behind = missing.filter(({ why }) => why === 'copy-behind')
  const places = behind.flatMap(({ topic, rows }) => {
    const partitions = ends.find((entry) => entry.topic === topic)?.partitions ?? []
    return rows.flatMap(([partition, from, to]) => {
      const stable = partitions.find(([number]) => number === partition)?.[3] ?? 0
      return to <= stable && to - from <= longestScan ? [{ topic, partition, from, to }] : []
    })
  })
  const empty = await eachOf(places.slice(0, placesOfALook), scansAtOnce, async ({ topic, partition, from, to }) => {
    try {
      const { records, complete } = await cluster.scan(topic, partition, from, to, signal)
      return complete && records === 0 ? [`${topic}/${partition}`] : []
    } catch (error) {
      if (error instanceof ApplicationFailure) return []
      throw error
    }
  })
  return new Set(empty.flat())
}
