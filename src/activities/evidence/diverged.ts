import { ApplicationFailure } from '@temporalio/common'
import type { LagSample, MirroredTo, SettledOffsets, TopicEnds } from '../../contract/evidence.ts'
import { mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { isMirrored, remoteName } from '../../domain/names/naming.ts'
import type { Naming } from '../../contract/plan.ts'
import type { SeenCopy } from '../../domain/watch/remembered-copies.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { compareRange } from './compare-copy.ts'

/** Offsets before the position that are compared, those of the copy that are read for them, and partitions of one look. */
const tail = 5_000
const copyTail = 20_000
/** A log that lost more than this is judged by its end alone. */
const longestRead = 200_000
const placesOfALook = 20
const readsAtOnce = 2

/**
 * A log that lost its end and has grown since, up to the position or past it, hides what is new: by its offsets it looks healthy, or
 * as if it had lost less. Only its records are others than those that were mirrored. It shows in a copy whose last record the source does not hold although it holds that place. Answers the
 * first offset that is another one, by `topic/partition`; where nothing of the tail that is read is the same, the log's start.
 *
 * `known`: what is remembered of the copies. A copy that has grown since may have been written by somebody else, and one on a
 * compacted topic may have outlived its record: of those nothing is said. What is missing already is not looked for again.
 */
export async function divergedSources(
  clusters: { source: ClusterLooks; target: ClusterLooks },
  seen: {
    ends: readonly TopicEnds[]
    mirroredTo: readonly { topic: string; offsets: MirroredTo[] }[]
    copies: readonly SeenCopy[]
    before: Pick<LagSample, 'copies' | 'missing' | 'topicIds'> | null
    naming: Naming
    from: string
    settled: readonly SettledOffsets[]
  },
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const suspected = suspects(seen)
  if (suspected.length === 0) return new Map()
  try {
    const topics = [...new Set(suspected.map(({ topic }) => topic))]
    const names = new Map(topics.map((topic) => [topic, remoteName(seen.naming, seen.from, topic)]))
    const [compacted, copies] = await Promise.all([
      clusters.source.compacted(topics, signal),
      clusters.target.ends([...names.values()], signal),
    ])
    const places = suspected.flatMap((place) => {
      const copy = copies.find((entry) => entry.topic === names.get(place.topic))
      const row = copy?.partitions.find(([number]) => number === place.partition)
      const asSeen = copy !== undefined && row !== undefined && row[2] === place.end && !compacted.includes(place.topic)
      return asSeen ? [{ ...place, copy: copy.topic, copyStart: row[1] }] : []
    })
    const found = await eachOf(places.slice(0, placesOfALook), readsAtOnce, async (place) => {
      const { topic, partition, copy, start, top, copyStart, end, reached } = place
      const from = Math.max(start, top - tail)
      // Markers of the link's own transactions, and records that came twice, take offsets of the copy as well.
      const inCopy: [number, number] = [Math.max(copyStart, end - copyTail - 2 * Math.max(0, reached + 1 - top)), end]
      if (end - inCopy[0] > longestRead) return null
      const whole = inCopy[0] === 0
      const range = {
        topic,
        partition,
        copy,
        source: [from, top] satisfies [number, number],
        inCopy,
        compacted: false,
        whole,
      }
      const compared = await compareRange(clusters.source, clusters.target, range, seen.settled, signal)
      if (compared === undefined) return null
      // Without a common record all of it is taken for another log: the copy still holds its last one.
      const nothingCommon = compared.from >= top && reached >= from
      const other = compared.missing?.[1] ?? (nothingCommon ? from : null)
      return other === null ? null : ([`${topic}/${partition}`, other > from ? other : start] as const)
    })
    return new Map(found.filter((one) => one !== null))
  } catch (error) {
    if (error instanceof ApplicationFailure) return new Map()
    throw error
  }
}

interface Suspect {
  topic: string
  partition: number
  start: number
  /** Behind the last offset that should be in the copy. */
  top: number
  /** Of the copy. */
  end: number
  /** Where the copy's last record was on the source. */
  reached: number
}

function suspects({
  ends,
  mirroredTo,
  copies,
  before,
  naming,
  from,
}: Parameters<typeof divergedSources>[1]): Suspect[] {
  return copies.flatMap(({ topic, copyId, rows }): Suspect[] => {
    const known = before?.copies?.find((copy) => copy.topic === topic)
    const source = ends.find((entry) => entry.topic === topic)
    const same = before?.topicIds?.some((entry) => entry.topic === topic && entry.topicId === source?.topicId)
    if (known === undefined || source === undefined || !same || known.copyId !== copyId) return []
    if (!isMirrored(naming, from, topic)) return []
    const positions = mirroredOffsets(mirroredTo, topic)
    const missing = (before?.missing ?? []).filter((entry) => entry.topic === topic).flatMap((entry) => entry.rows)
    return rows.flatMap(({ partition, end, unplaced }): Suspect[] => {
      const [, copyEnd, reached] = known.rows.find(([number]) => number === partition) ?? [partition, -1, -1]
      const [, start, , stable] = source.partitions.find(([number]) => number === partition) ?? [partition, 0, 0, 0]
      const position = positions.get(partition)
      if (unplaced !== true || copyEnd !== end || position === undefined) return []
      if (missing.some(([number]) => number === partition)) return []
      const top = Math.min(Math.max(position, reached) + 1, stable)
      return start <= reached ? [{ topic, partition, start, top, end, reached }] : []
    })
  })
}
