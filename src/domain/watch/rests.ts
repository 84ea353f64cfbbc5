import type { LagSample, RestRow, TopicEnds, TopicRests } from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../certificate/mirrored-to.ts'

export interface RestOf {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly records: number
}

/** What scans found of the rests of partitions, by `topic/partition`. */
export function restsByPlace(rests: readonly TopicRests[] | undefined): Map<string, RestRow> {
  return new Map((rests ?? []).flatMap(({ topic, rows }) => rows.map((row) => [`${topic}/${row[0]}`, row])))
}

/** The first offset that may hold a record: behind what a scan found to hold none. */
export function behindEmpty(next: number, rest: RestRow | undefined): number {
  if (rest === undefined) return next
  const [, from, to, records] = rest
  return records === 0 && from <= next ? Math.max(next, to) : next
}

/** Offsets [from, to) that may hold records, of which a scan knows. Null: none covers them. */
export function recordsKnown(rest: RestRow | undefined, from: number, to: number): number | null {
  if (from >= to) return 0
  if (rest === undefined) return null
  const [, scannedFrom, scannedTo, records] = rest
  if (records === 0) return scannedFrom <= from && scannedTo >= to ? 0 : null
  return scannedFrom === from && scannedTo === to ? records : null
}

/** Of offsets [from, to) so many hold records, at least: what a scan of the rest left over for markers is less than the range. */
export function recordsAtLeast(rest: RestRow | undefined, from: number, to: number): number {
  if (rest === undefined) return 0
  const [, scannedFrom, scannedTo, records] = rest
  if (scannedFrom > from) return 0
  const overlap = Math.min(to, scannedTo) - from
  return Math.max(0, overlap - (scannedTo - scannedFrom - records))
}

/** With what scans found now; a range that goes on where a known one of the same kind ends makes it longer. */
export function withRests(rests: readonly TopicRests[], found: readonly RestOf[]): TopicRests[] {
  const byTopic = new Map(rests.map(({ topic, rows }) => [topic, new Map(rows.map((row) => [row[0], row]))]))
  for (const { topic, partition, from, to, records } of found) {
    const rows = byTopic.get(topic) ?? new Map<number, RestRow>()
    const before = rows.get(partition)
    const joins = before !== undefined && before[3] === 0 && before[1] <= from && before[2] >= from
    rows.set(partition, [partition, joins && records === 0 ? before[1] : from, to, records])
    byTopic.set(topic, rows)
  }
  return [...byTopic].map(([topic, rows]) => ({ topic, rows: [...rows.values()] }))
}

/**
 * What stays known of them. A topic that was created again, or a position that was taken back, makes it void; one that has gone
 * past a rest needs it no more, and of one that has gone into it nobody knows how many records are left.
 */
export function restsAfter(
  before: Pick<LagSample, 'rests' | 'topicIds' | 'mirroredTo'> | null,
  ends: readonly TopicEnds[] | null,
  mirroredTo: readonly TopicMirroredTo[] | null,
): TopicRests[] {
  const rests = before?.rests ?? []
  if (rests.length === 0 || ends === null || mirroredTo === null) return rests
  const ids = new Map(before?.topicIds?.map(({ topic, topicId }) => [topic, topicId]))
  const present = new Map(ends.map(({ topic, topicId }) => [topic, topicId]))
  return rests.flatMap(({ topic, rows }) => {
    const now = present.get(topic)
    if (now === undefined) return [{ topic, rows }]
    if (ids.has(topic) && ids.get(topic) !== now) return []
    const [then, offsets] = [mirroredOffsets(before?.mirroredTo ?? [], topic), mirroredOffsets(mirroredTo, topic)]
    const kept = rows.filter(([partition, from, to, records]) => {
      const reached = offsets.get(partition)
      if (reached === undefined) return then.get(partition) === undefined
      if (reached + 1 === from) return true
      return records === 0 && reached + 1 > from && reached + 1 < to
    })
    return kept.length === 0 ? [] : [{ topic, rows: kept }]
  })
}
