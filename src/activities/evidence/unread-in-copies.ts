import type { SettledOffsets, TopicEnds, UnreadRemoved } from '../../contract/evidence.ts'
import type { SeenCopy } from '../../domain/watch/remembered-copies.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { committedOf } from '../../domain/positions/committed.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { compareRange } from './compare-copy.ts'

/** Offsets of one partition that are compared, and those of a copy that are read where the group is further behind. */
const longestCompared = 20_000
const firstOfLonger = 2_000
/** Only counted, where the copy holds nothing at all. */
const longestScan = 50_000
const readsAtOnce = 4

/** A copy with room for so many times what a group has to read holds it, whatever markers and repetitions are in it. */
const roomy = 4
const slack = 1_000

interface Place {
  topic: string
  copy: string
  partition: number
  groups: string[]
  /** On the source: what the group that is furthest behind has to read of what is mirrored. */
  unread: [from: number, to: number]
  /** What the copy holds. */
  held: [from: number, to: number]
}

/**
 * Records that were mirrored, that a group has still to read on the source, and that its copy does not hold any more: retention took
 * them there, or somebody deleted them. Whoever goes on in that copy does not get them. Only copies that begin above 0 are looked
 * at, and only groups that have committed: of others nobody can tell what they have read.
 *
 * @param proven How far each partition is mirrored: the last source offset, by `topic/partition`.
 */
export async function unreadInCopies(
  { source, target }: { source: ClusterLooks; target: ClusterLooks },
  seen: {
    ends: readonly TopicEnds[]
    /** By the name of the copy. */
    copies: readonly { copy: string; seen: SeenCopy }[]
    proven: ReadonlyMap<string, number>
    readers: readonly { group: string; topics: string[] }[]
    settled: readonly SettledOffsets[]
  },
  signal: AbortSignal,
): Promise<UnreadRemoved[]> {
  const trimmed = seen.copies.filter((one) => one.seen.rows.some(({ start = 0 }) => start > 0))
  const topics = trimmed.map((one) => one.seen.topic)
  const readers = seen.readers.filter((reader) => reader.topics.some((topic) => topics.includes(topic)))
  if (readers.length === 0) return []
  const committed = await source.groupOffsets(
    readers.map(({ group }) => group),
    topics,
    signal,
  )
  const places = trimmed.flatMap(({ copy, seen: { topic, rows } }) => {
    const starts = new Map(seen.ends.find((entry) => entry.topic === topic)?.partitions.map(([p, start]) => [p, start]))
    return rows.flatMap(({ partition, start = 0, end }): Place[] => {
      const to = (seen.proven.get(`${topic}/${partition}`) ?? -1) + 1
      if (start === 0 || to === 0) return []
      const behind = readers.flatMap(({ group, topics: read }) => {
        const offset = read.includes(topic) ? committedOf(committed, group, topic, partition) : undefined
        const from = offset === undefined ? to : Math.max(offset, starts.get(partition) ?? 0)
        return from < to ? [{ group, from }] : []
      })
      if (behind.length === 0) return []
      const from = Math.min(...behind.map((one) => one.from))
      if (end - start >= roomy * (to - from) + slack) return []
      const groups = behind.map(({ group }) => group)
      return [{ topic, copy, partition, groups, unread: [from, to], held: [start, end] }]
    })
  })
  if (places.length === 0) return []
  const compacted = new Set(await target.compacted([...new Set(places.map(({ copy }) => copy))], signal))
  const found = await eachOf(places, readsAtOnce, (place) =>
    removed({ source, target }, place, compacted.has(place.copy), seen.settled, signal),
  )
  return found.filter((one) => one !== null)
}

async function removed(
  { source, target }: { source: ClusterLooks; target: ClusterLooks },
  { topic, copy, partition, groups, unread: [from, to], held: [start, end] }: Place,
  compacted: boolean,
  settled: readonly SettledOffsets[],
  signal: AbortSignal,
): Promise<UnreadRemoved | null> {
  const lacking = (records: number | null, first: number, last: number): UnreadRemoved => ({
    topic,
    copy,
    partition,
    groups,
    records,
    from: first,
    to: last,
  })
  if (start === end) {
    if (to - from > longestScan) return lacking(null, from, to)
    const { records, complete } = await source.scan(topic, partition, from, to, signal)
    return complete && records === 0 ? null : lacking(complete ? records : null, from, to)
  }
  const all = to - from <= longestCompared
  const range = {
    topic,
    partition,
    copy,
    source: [from, all ? to : from + firstOfLonger] satisfies [number, number],
    inCopy: [start, all ? end : Math.min(end, start + longestCompared)] satisfies [number, number],
    compacted,
    whole: true,
  }
  const compared = await compareRange(source, target, range, settled, signal)
  if (!compared?.missing) return null
  const [records, first, last] = compared.missing
  // What lies further up in the copy was not read: nobody knows then.
  return all ? lacking(records, first, last) : lacking(null, from, to)
}
