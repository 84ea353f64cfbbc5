import type { ComparedCopies, ComparedRow, ComparedTopic, CompareResult } from '../../contract/compare.ts'

/** Between two turns of a topic at least, seconds: its newest records, and one older block of each partition. */
const turnEvery = 15

/** Topics whose turn it is: those that were compared, or `tried`, longest ago first, `count` at most. */
export function dueTopics(
  { topics }: ComparedCopies,
  names: readonly string[],
  { now, tried, count }: { now: number; tried: ReadonlyMap<string, number>; count: number },
): string[] {
  const times = new Map(topics.map(([topic, , at]) => [topic, at]))
  return names
    .map((topic) => ({ topic, at: Math.max(times.get(topic) ?? 0, tried.get(topic) ?? 0) }))
    .filter(({ at }) => now - at >= turnEvery)
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ topic }) => topic)
}

/** What is remembered of a partition, where it is still of use: within what both sides hold, and not older than `every` seconds. */
export function usableRow(
  row: ComparedRow | undefined,
  { start, top, copyEnd }: { start: number; top: number; copyEnd: number },
  { now, every }: { now: number; every: number },
): ComparedRow | null {
  if (row === undefined) return null
  const [partition, from, to, since, copyFrom, copyTo] = row
  const wholePass = copyFrom === -1 || from <= start
  if (to > top || copyTo > copyEnd || to <= start || (wholePass && now - since >= every)) return null
  return [partition, Math.max(from, start), to, since, copyFrom, copyTo]
}

/** The worst of the partitions' results. */
export function worstOf(results: readonly CompareResult[]): CompareResult {
  if (results.includes('differs')) return 'differs'
  return (
    results.find((result) => result !== 'same' && result !== 'unclear') ??
    (results.includes('unclear') ? 'unclear' : 'same')
  )
}

export function withTopic(compared: ComparedCopies, topic: ComparedTopic): ComparedCopies {
  return { ...compared, topics: [...compared.topics.filter(([name]) => name !== topic[0]), topic] }
}
