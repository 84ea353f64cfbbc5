import { activityInfo } from '@temporalio/activity'
import type { ReadActivities } from '../../contract/activities.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import { committedOf } from '../../domain/positions/committed.ts'
import { remoteName } from '../../domain/names/naming.ts'
import type { CountedPlace } from '../../domain/positions/reread.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'

type CountReread = Parameters<ReadActivities['countReread']>[0]
type Counted = Awaited<ReturnType<ReadActivities['countReread']>>

/** Offsets of one scan: some seconds of reading, so that time is looked at in between. */
const piece = 50_000

/** Kept back from the attempt's time for the answer. */
const reserveMs = 10_000

const scansAtOnce = 4

/**
 * What groups were to read in the copies and had not read, in records: of the copy from where they were placed to its end
 * then, and of the source from their commit to the last record that came over. What has expired, was compacted away, was
 * never committed or cannot be read within the attempt's time is not told.
 */
export async function countReread(
  deps: ActivityDeps,
  { from, to, naming, groups, mirroredTo }: CountReread,
  signal: AbortSignal,
): Promise<Counted> {
  const [left, entered] = [deps.ports.cluster(from), deps.ports.cluster(to)]
  const topics = [...new Set(groups.flatMap((group) => group.topics.map(({ topic }) => topic)))]
  const copies = topics.map((topic) => remoteName(naming, from, topic))
  const [committed, ends, copyEnds, compacted, compactedCopies] = await Promise.all([
    left.groupOffsets(
      groups.map(({ group }) => group),
      topics,
      signal,
    ),
    left.ends(topics, signal),
    entered.ends(copies, signal),
    left.compacted(topics, signal),
    entered.compacted(copies, signal),
  ])
  const thinned = new Set([...compacted, ...compactedCopies])
  const until = deps.clock.now().getTime() + activityInfo().startToCloseTimeoutMs - reserveMs
  const count = async (cluster: ClusterLooks, range: Range, start: number | undefined): Promise<number | null> => {
    if (start === undefined || start > range.from || thinned.has(range.topic)) return null
    let records = 0
    for (let at = range.from; at < range.to; at += piece) {
      if (deps.clock.now().getTime() >= until) return null
      const found = await cluster.scan(range.topic, range.partition, at, Math.min(at + piece, range.to), signal)
      if (!found.complete) return null
      records += found.records
    }
    return records
  }
  const places = groups.flatMap(({ group, topics: ofGroup }) =>
    ofGroup.flatMap(({ topic, rows }) =>
      rows.map(([partition, chosen, end]) => ({ group, topic, partition, chosen, end })),
    ),
  )
  const counted = await eachOf(places, scansAtOnce, async (place): Promise<CountedPlace> => {
    const { group, topic, partition, chosen, end } = place
    const at = committedOf(committed, group, topic, partition)
    const last = mirroredTo.find((entry) => entry.topic === topic)?.offsets.find(([p]) => p === partition)?.[1]
    if (at === undefined || last === undefined) return { placed: null, unread: null }
    const copy = remoteName(naming, from, topic)
    const unread = { topic, partition, from: at, to: last + 1 }
    return {
      placed: await count(
        entered,
        { topic: copy, partition, from: chosen, to: end },
        startOf(copyEnds, copy, partition),
      ),
      unread: await count(left, unread, startOf(ends, topic, partition)),
    }
  })
  return groups.map(({ group }) => ({
    group,
    places: counted
      .filter((_counted, index) => places[index]?.group === group)
      .map(({ placed, unread }): [number | null, number | null] => [placed, unread]),
  }))
}

interface Range {
  topic: string
  partition: number
  from: number
  to: number
}

function startOf(ends: TopicEnds[], topic: string, partition: number): number | undefined {
  return ends.find((entry) => entry.topic === topic)?.partitions.find(([p]) => p === partition)?.[1]
}
