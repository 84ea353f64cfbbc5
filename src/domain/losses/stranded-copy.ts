import type { CopiedRow } from '../../contract/activities.ts'
import type { SettledRow, Settlement } from '../../contract/dossier.ts'
import type { LossLedger } from '../../contract/evidence.ts'

export type CopyAction = 'replay' | 'quarantine'

/** Kafka's limit, in characters. */
const longestName = 249

/** Topics of one call to an activity: its payload stays small, whatever the size of the pair. */
const topicsAtOnce = 250

/** Transactional id of a copy, and the group of its progress: the same in every attempt of the episode. */
export function copyId(pair: string, episode: number, action: CopyAction): string {
  return `switchback.${pair}.${episode}.${action}`
}

/** Where copies go, `{topic}` standing for the topic: the local topic itself, or one of its own beside it. */
export function copiesInto(action: CopyAction, episode: number): string {
  return action === 'replay' ? '{topic}' : `{topic}.quarantine.${episode}`
}

export function copyTopic(into: string, topic: string): string {
  return into.replace('{topic}', topic)
}

/** Topics whose copy would have a name that Kafka refuses. */
export function tooLong(into: string, topics: readonly { topic: string }[]): string[] {
  return topics.map(({ topic }) => copyTopic(into, topic)).filter((name) => name.length > longestName)
}

export interface CopyTopic {
  topic: string
  into: string
  ranges: [partition: number, from: number, to: number][]
}

/** What is to be copied, in portions. What a ledger could not count is copied as far as it is still there. */
export function copyPortions(topics: Settlement['topics'], into: string): CopyTopic[][] {
  const all = topics.map(({ topic, rows }) => ({
    topic,
    into: copyTopic(into, topic),
    ranges: rows.map(([partition, from, to]): [number, number, number] => [partition, from, to]),
  }))
  return Array.from({ length: Math.ceil(all.length / topicsAtOnce) }, (_, index) =>
    all.slice(index * topicsAtOnce, (index + 1) * topicsAtOnce),
  )
}

/** The decided ranges with where their copies lie; a partition's first and last copy stand at each of its ranges. */
export function withCopies(
  topics: Settlement['topics'],
  copied: readonly { topic: string; rows: CopiedRow[] }[],
): Settlement['topics'] {
  const places = new Map<string, { first: number; last: number }>()
  for (const { topic, rows } of copied)
    for (const [partition, , first, last] of rows) places.set(`${topic}/${partition}`, { first, last })
  return topics.map(({ topic, rows }) => ({
    topic,
    rows: rows.map(([partition, from, to, records]): SettledRow => {
      const { first, last } = places.get(`${topic}/${partition}`) ?? { first: -1, last: -1 }
      return [partition, from, to, records, first, last]
    }),
  }))
}

/** Partitions of which less was copied than the ledger counted, as phrases: those records expired in between. */
export function missingCopies(ledger: LossLedger, copied: readonly { topic: string; rows: CopiedRow[] }[]): string[] {
  const found = new Map<string, number>()
  for (const { topic, rows } of copied) for (const [p, records] of rows) found.set(`${topic}-${p}`, records)
  const counted = new Map<string, number>()
  for (const { topic, rows } of ledger.topics)
    for (const [partition, , , records] of rows) {
      const place = `${topic}-${partition}`
      counted.set(place, (counted.get(place) ?? 0) + (records ?? 0))
    }
  return [...counted].flatMap(([place, records]) => {
    const there = found.get(place) ?? 0
    return there < records ? [`${place}: ${there} of ${records}`] : []
  })
}

/** Records copied, over all partitions. */
export function copiedRecords(copied: readonly { rows: CopiedRow[] }[]): number {
  return copied.flatMap(({ rows }) => rows).reduce((sum, [, records]) => sum + records, 0)
}
