import { ApplicationFailure } from '@temporalio/common'
import type { MissingCopies, SettledOffsets, TopicEnds } from '../../contract/evidence.ts'
import { isMirrored, remoteName } from '../../domain/names/naming.ts'
import type { Naming } from '../../contract/plan.ts'
import type { FoundAgain } from '../../domain/watch/found-again.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { compareRange } from './compare-copy.ts'

/** Offsets of a range that is looked for, and of the end of the copy in which it is, at most; and ranges of one check. */
const longestRange = 5_000
const copyRead = 20_000
const rangesOfACheck = 4
const readsAtOnce = 2

/** Records alike may lie before the range: they are looked for as well, so that one in the copy does not stand for two. */
const slack = 2_000

/** Ends of the copies at which a range was looked for in vain, by its place: it is looked for again when the copy has grown. */
export type SearchedCopies = Map<string, number>

/**
 * Which of the missing ranges the copies hold by now: a link that began again without its position being seen to go back has
 * brought them. Compared record by record with the source; what cannot be read, or does not exist there (yet), stays missing.
 */
export async function foundAgain(
  clusters: { source: ClusterLooks; target: ClusterLooks },
  seen: {
    missing: readonly MissingCopies[]
    ends: readonly TopicEnds[]
    naming: Naming
    from: string
    settled: readonly SettledOffsets[]
  },
  searched: SearchedCopies,
  signal: AbortSignal,
): Promise<FoundAgain[]> {
  const { missing, ends, naming, from: source, settled } = seen
  const ranges = missing
    .filter(({ topic }) => isMirrored(naming, source, topic))
    .flatMap(({ topic, rows }) => {
      const partitions = ends.find((entry) => entry.topic === topic)?.partitions ?? []
      return rows.flatMap(([partition, from, to]) => {
        const [, start = 0, , stable = 0] = partitions.find(([number]) => number === partition) ?? []
        return to <= stable && to - from <= longestRange
          ? [{ topic, copy: remoteName(naming, source, topic), partition, from, to, start }]
          : []
      })
    })
  if (ranges.length === 0) return []
  try {
    const copies = await clusters.target.ends([...new Set(ranges.map(({ copy }) => copy))], signal)
    const placed = ranges.flatMap((range) => {
      const copy = copies.find((entry) => entry.topic === range.copy)
      const row = copy?.partitions.find(([number]) => number === range.partition)
      const place = `${copy?.topicId}/${range.partition}/${range.from}/${range.to}`
      return row === undefined || row[2] === row[1] || searched.get(place) === row[2]
        ? []
        : [{ ...range, place, copyStart: row[1], copyEnd: row[2] }]
    })
    const found = await eachOf(placed.slice(0, rangesOfACheck), readsAtOnce, async (range): Promise<FoundAgain[]> => {
      const { topic, partition, copy, from, to, start, copyStart, copyEnd, place } = range
      const both = {
        topic,
        partition,
        copy,
        source: [Math.max(start, from - slack), to] satisfies [number, number],
        inCopy: [Math.max(copyStart, copyEnd - copyRead), copyEnd] satisfies [number, number],
        compacted: false,
        whole: true,
      }
      const result = await compareRange(clusters.source, clusters.target, both, settled, signal)
      searched.set(place, copyEnd)
      if (result === undefined) return []
      const [, first, last] = result.missing ?? [0, to, from]
      const left: [number, number] = [Math.max(from, first), Math.min(to, last)]
      return [{ topic, partition, from, to, left: left[0] < left[1] ? left : null }]
    })
    return found.flat()
  } catch (error) {
    if (error instanceof ApplicationFailure) return []
    throw error
  }
}
