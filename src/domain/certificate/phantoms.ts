import type { LagSample, PhantomRow, PhantomTotals, Phantoms } from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from './mirrored-to.ts'

/** Rows at most: about 12 KB with the names, whatever was aborted in the life of a pair. */
export const mostPhantomRows = 400

/** Offsets [from, to) of the source, and the records in question among them. */
export type PhantomRange = readonly [from: number, to: number, records: number]

export interface PartitionPhantoms {
  readonly topic: string
  readonly partition: number
  readonly aborted: readonly PhantomRange[]
  readonly open: readonly PhantomRange[]
  /** Nothing mirrored of it was left unread. */
  readonly complete: boolean
}

/**
 * What was found, in bounded size: a row for each range; where these are too many, one for each partition, that covers its
 * ranges; where even those are, the partitions that hold most. Null: there are none, and nothing was left unread.
 */
export function phantomsOf(found: readonly PartitionPhantoms[], most = mostPhantomRows): Phantoms | null {
  const places = found.map((one) => ({ topic: one.topic, rows: rowsOf(one) })).filter(({ rows }) => rows.length > 0)
  const totals: PhantomTotals = {
    aborted: sum(places, 3),
    open: sum(places, 4),
    partitions: places.length,
    unread: found.filter(({ complete }) => !complete).length,
  }
  if (totals.partitions === 0 && totals.unread === 0) return null
  const fits = places.reduce((count, { rows }) => count + rows.length, 0) <= most
  const kept = fits ? places : places.map(covered).sort(byRecords).slice(0, most)
  return { ...totals, topics: byTopic(kept) }
}

/**
 * What may be in the copies of transactions that were undecided when the source was last seen: it may have died with them.
 * Whatever lies from the last stable offset to what is mirrored is counted, so it is an upper bound; nobody knows what was
 * aborted before. Null: no transaction was open, or nothing of it is mirrored.
 */
export function phantomsWhenLastSeen(
  sample: LagSample | null,
  mirroredTo: readonly TopicMirroredTo[],
  topics: readonly string[],
): Phantoms | null {
  if (sample === null) return null
  return phantomsOf(
    sample.ends
      .filter(({ topic }) => topics.includes(topic))
      .flatMap(({ topic, partitions }) => {
        const offsets = mirroredOffsets([...sample.mirroredTo, ...mirroredTo], topic)
        return partitions.flatMap(([partition, , end, stable]): PartitionPhantoms[] => {
          const to = (offsets.get(partition) ?? -1) + 1
          if (stable >= end || to <= stable) return []
          return [{ topic, partition, aborted: [], open: [[stable, to, to - stable]], complete: false }]
        })
      }),
  )
}

/** "7 records of aborted and 2 of undecided transactions, in 3 partitions" */
export function phantomsText({ aborted, open, partitions, unread }: PhantomTotals): string {
  const kinds = [
    ...(aborted > 0 || open === 0 ? [`${aborted} records of aborted transactions`] : []),
    ...(open > 0 ? [`${open} of undecided ones`] : []),
  ]
  return (
    `${kinds.join(' and ')}, in ${partitions} partition${partitions === 1 ? '' : 's'}` +
    (unread === 0 ? '' : ` (and what is in the unread, older part of ${unread} partition${unread === 1 ? '' : 's'})`)
  )
}

function rowsOf({ partition, aborted, open }: PartitionPhantoms): PhantomRow[] {
  return [
    ...aborted.map(([from, to, records]): PhantomRow => [partition, from, to, records, 0]),
    ...open.map(([from, to, records]): PhantomRow => [partition, from, to, 0, records]),
  ].sort(([, a], [, b]) => a - b)
}

type Place = { topic: string; rows: PhantomRow[] }

function covered({ topic, rows }: Place): Place {
  const from = Math.min(...rows.map((row) => row[1]))
  const to = Math.max(...rows.map((row) => row[2]))
  return { topic, rows: rows.slice(0, 1).map(([partition]) => [partition, from, to, sumOf(rows, 3), sumOf(rows, 4)]) }
}

function byRecords(a: Place, b: Place): number {
  return recordsOf(b) - recordsOf(a)
}

function recordsOf({ rows }: Place): number {
  return sumOf(rows, 3) + sumOf(rows, 4)
}

function byTopic(places: readonly Place[]): Phantoms['topics'] {
  const topics = new Map<string, PhantomRow[]>()
  for (const { topic, rows } of places) topics.set(topic, [...(topics.get(topic) ?? []), ...rows])
  return [...topics].map(([topic, rows]) => ({ topic, rows: rows.sort(([a, from], [b, to]) => a - b || from - to) }))
}

function sum(places: readonly Place[], column: 3 | 4): number {
  return places.reduce((total, { rows }) => total + sumOf(rows, column), 0)
}

function sumOf(rows: readonly PhantomRow[], column: 3 | 4): number {
  return rows.reduce((total, row) => total + row[column], 0)
}
