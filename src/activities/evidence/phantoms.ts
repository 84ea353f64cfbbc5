import type { Phantoms } from '../../contract/evidence.ts'
import { type PhantomRange, phantomsOf } from '../../domain/certificate/phantoms.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { attempt } from '../assess/attempt.ts'
import type { Clock } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'

/** Offsets of one read: some seconds at most, so that time is looked at in between. */
const piece = 50_000

const readsAtOnce = 4

interface Sight {
  clock: Clock
  /** The source. */
  cluster: ClusterLooks
}

/** What is mirrored of a partition and still in its log on the source: [from, to). */
export interface MirroredRange {
  topic: string
  partition: number
  from: number
  to: number
}

/** Of evidence as certificates and looks have it: [partition, start, end], and what is mirrored of it. */
export function mirroredRange(
  topic: string,
  [partition, start, end]: readonly [partition: number, start: number, end: number, ...rest: unknown[]],
  mirroredTo: number | undefined,
): MirroredRange[] {
  const to = Math.min((mirroredTo ?? -1) + 1, end)
  return to > start ? [{ topic, partition, from: start, to }] : []
}

/**
 * Phantoms that matter to whoever moves now, within `withinMs`: in topics on which the brokers remember transactional producers,
 * for a day after their last record by default. Others are not read, since a run waits for this.
 */
export async function recentPhantoms(
  { clock, cluster }: Sight,
  ranges: MirroredRange[],
  withinMs: number,
  signal: AbortSignal,
): Promise<Phantoms | null> {
  const topics = [...new Set(ranges.map(({ topic }) => topic))]
  const until = clock.now().getTime() + withinMs
  const transactional = await attempt(() => transactionalTopics(cluster, topics, signal))
  const wanted = transactional.ok ? ranges.filter(({ topic }) => transactional.value.has(topic)) : ranges
  return findPhantoms({ clock, cluster }, wanted, until, signal)
}

async function transactionalTopics(cluster: ClusterLooks, topics: string[], signal: AbortSignal): Promise<Set<string>> {
  const told = await cluster.producers(topics, signal)
  const ids = [...new Set(told.flatMap(({ producers }) => producers.map(([, id]) => id)))]
  if (ids.length === 0) return new Set()
  const transactional = new Map(await cluster.transactionalIds(ids, signal))
  return new Set(
    told.flatMap(({ topic, producers }) => (producers.some(([, id]) => transactional.has(id)) ? [topic] : [])),
  )
}

/**
 * Looks for phantoms in what is mirrored, on the source: the newest of every partition first, until `until` (ms since 1970). What
 * could not be read by then, or is not told, counts as unread. Null: there are none.
 */
export async function findPhantoms(
  { clock, cluster }: Sight,
  ranges: MirroredRange[],
  until: number,
  signal: AbortSignal,
): Promise<Phantoms | null> {
  const found = ranges.map((range) => ({ ...range, aborted: [] as PhantomRange[], open: [] as PhantomRange[] }))
  const timeIsUp = () => clock.now().getTime() >= until
  for (let left = found; left.length > 0 && !timeIsUp();) {
    const read = await eachOf(left, readsAtOnce, async (range) => {
      if (timeIsUp()) return false
      const from = Math.max(range.from, range.to - piece)
      const { topic, partition, to } = range
      const seen = await attempt(() => cluster.scanUncommitted(topic, partition, from, to, signal))
      if (!seen.ok || !seen.value.complete) return false
      range.aborted.push(...seen.value.aborted)
      range.open.push(...seen.value.open)
      range.to = from
      return true
    })
    left = left.filter((range, index) => read[index] && range.from < range.to)
  }
  return phantomsOf(found.map((range) => ({ ...range, complete: range.from >= range.to })))
}
