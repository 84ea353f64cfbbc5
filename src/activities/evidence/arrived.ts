import { ApplicationFailure } from '@temporalio/common'
import type { LagSample } from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { remoteName } from '../../domain/names/naming.ts'
import type { Naming } from '../../contract/plan.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { keyOf } from '../compare/record-key.ts'
import { eachOf } from '../../domain/text/each-of.ts'

/** Offsets read of one partition, at most: a longer range is left as it was known. */
const longestRead = 20_000
const readsAtOnce = 4

interface Place {
  topic: string
  copy: string
  partition: number
  /** End of the copy, and offset on the source of its last record, when they were seen last. */
  end: number
  reached: number
  /** Position of the link then, or the start of the log less one: what a link that starts again copies twice lies behind it. */
  position: number
  now: number
}

/**
 * How far the copies reach by now, without their source: by the records that came since they were seen last. Each counts once, and
 * only if it was not there before: a link that starts again copies some a second time. So the source offset told is never beyond
 * what the copy holds.
 */
export async function arrivedSince(
  cluster: ClusterLooks,
  { sample, naming, from, topics }: { sample: LagSample; naming: Naming; from: string; topics: readonly string[] },
  until: () => boolean,
  signal: AbortSignal,
): Promise<TopicMirroredTo[]> {
  const remembered = (sample.copies ?? []).filter(({ topic }) => topics.includes(topic))
  if (remembered.length === 0) return []
  const names = remembered.map(({ topic }) => remoteName(naming, from, topic))
  const ends = await cluster.ends(names, signal)
  const places = remembered.flatMap(({ topic, copyId, rows }, index): Place[] => {
    const copy = ends.find((entry) => entry.topic === names[index])
    if (copy === undefined || copy.topicId !== copyId) return []
    const source = sample.ends.find((entry) => entry.topic === topic)?.partitions ?? []
    const positions = mirroredOffsets(sample.mirroredTo, topic)
    return rows.flatMap(([partition, end, reached]): Place[] => {
      const now = copy.partitions.find(([number]) => number === partition)?.[2] ?? 0
      const [, start = 0, high = 0] = source.find(([number]) => number === partition) ?? []
      const position = positions.get(partition) ?? start - 1
      return reached >= 0 && now > end && high > reached + 1
        ? [{ topic, copy: copy.topic, partition, end, reached, position, now }]
        : []
    })
  })
  const found = await eachOf(places, readsAtOnce, async (place): Promise<TopicMirroredTo[]> => {
    if (until()) return []
    try {
      const records = await newRecords(cluster, place, signal)
      return records === 0 ? [] : [{ topic: place.topic, offsets: [[place.partition, place.reached + records]] }]
    } catch (error) {
      signal.throwIfAborted()
      // What cannot be read leaves the bound where it was.
      if (error instanceof ApplicationFailure) return []
      throw error
    }
  })
  return found.flat()
}

/** Distinct records behind the remembered end that are not among those a link could copy a second time. */
async function newRecords(cluster: ClusterLooks, place: Place, signal: AbortSignal): Promise<number> {
  const { copy, partition, end, now, reached, position } = place
  if (now - end > longestRead) return 0
  const twice = Math.max(0, reached - position)
  const before = new Set<string>()
  for (let width = twice * 2 + 100; ; width *= 2) {
    const from = Math.max(0, end - Math.min(width, longestRead))
    before.clear()
    await readInto(before, cluster, place, from, end, signal)
    if (before.size >= twice || from === 0) break
    // Nobody knows what came twice.
    if (width >= longestRead) return 0
  }
  const since = new Set<string>()
  await readInto(since, cluster, { copy, partition }, end, now, signal)
  return [...since].filter((digest) => !before.has(digest)).length
}

async function readInto(
  digests: Set<string>,
  cluster: ClusterLooks,
  { copy, partition }: Pick<Place, 'copy' | 'partition'>,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<void> {
  let next = from
  while (next < to) {
    const read = await cluster.readRecords(copy, partition, next, to, signal)
    for (const record of read.records) digests.add(keyOf(record))
    if (read.next <= next) return
    next = read.next
  }
}
