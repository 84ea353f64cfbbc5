import type { SeenRange, SeenRanges } from '../../contract/choices.ts'
import { attempt } from '../assess/attempt.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'

/** A longer range is told by its offsets, as an upper bound: looks are reads of a minute. */
const longestCounted = 5_000
const countsAtOnce = 8

/** The ranges with their records; those without one are left out. What cannot be counted, or comes too `late`, stays an upper bound. */
export async function countRanges(
  deps: ActivityDeps,
  alias: string,
  topics: SeenRanges[],
  late: () => boolean,
  signal: AbortSignal,
): Promise<SeenRanges[]> {
  const cluster = deps.ports.cluster(alias)
  const places = topics.flatMap(({ topic, rows }) => rows.map((row) => ({ topic, row })))
  const rows = await eachOf(places, countsAtOnce, async ({ topic, row }): Promise<SeenRange> => {
    const [partition, from, to] = row
    if (to - from > longestCounted || late()) return row
    const scan = await attempt(() => cluster.scan(topic, partition, from, to, signal))
    return scan.ok && scan.value.complete ? [partition, from, to, scan.value.records] : row
  })
  const byTopic = new Map<string, SeenRange[]>()
  for (const [index, row] of rows.entries()) {
    const topic = places[index]?.topic ?? ''
    if (row[3] !== 0) byTopic.set(topic, [...(byTopic.get(topic) ?? []), row])
  }
  return topics.flatMap(({ topic, topicId }) => {
    const found = byTopic.get(topic)
    return found === undefined ? [] : [{ topic, topicId, rows: found }]
  })
}
