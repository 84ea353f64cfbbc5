import type {
  Certificate,
  LagSample,
  LedgerRow,
  LossLedger,
  MissingCopies,
  TopicEnds,
} from '../../contract/evidence.ts'
import { residuals } from '../certificate/certificate.ts'
import { mirroredOffsets } from '../certificate/mirrored-to.ts'
import type { TopicMirroredTo } from '../certificate/mirrored-to.ts'
import { furthest, reachedOffsets } from '../watch/forced-loss.ts'
import { behindMissing, missingOffsets } from '../watch/missing.ts'
import { behindEmpty, recordsKnown, restsByPlace } from '../watch/rests.ts'

/** What was found in one stranded range [from, to) when the old side was back. */
export interface StrandedScan {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  /** Data records, as a read_committed reader sees them. */
  readonly records: number
  readonly firstTimestamp?: string
  readonly lastTimestamp?: string
  readonly bytes: number
}

/** Time of the last record of a partition that came to the target, in ms since 1970 by its producer's clock. */
export interface LastMirrored {
  readonly topic: string
  readonly partition: number
  readonly timestamp: number
}

/**
 * What may be stranded while the source is dark. Every partition known gets an open-ended row, from the first offset
 * not acknowledged; the records are those the last sample knew of, null without one. Newer mirrored-to offsets from the
 * link's own store beat those of the sample, and what the copy holds beats both. What the copies lack is a row with its end. The
 * records are offsets without those known to hold none: as many records, at most. The seconds reach from the partition's last mirrored record to the moment the
 * source was last seen (the sample's): null where the one or the other is not known, 0 where nothing is missing.
 */
export function estimateLedger(input: {
  takenAt: string
  cluster: string
  sample: LagSample | null
  mirroredTo: readonly TopicMirroredTo[]
  topics: readonly string[]
  lastMirrored: readonly LastMirrored[]
  /** How far the copies reach by now, where that is known to be further. */
  reached?: readonly TopicMirroredTo[]
}): LossLedger {
  const rests = restsByPlace(input.sample?.rests)
  const lastMirrored = new Map(input.lastMirrored.map((last) => [`${last.topic}/${last.partition}`, last.timestamp]))
  const topics = [...new Set(input.topics)].map((topic) => {
    const ends = input.sample?.ends.find((entry) => entry.topic === topic)?.partitions ?? []
    const offsets = mirroredOffsets([...(input.sample?.mirroredTo ?? []), ...input.mirroredTo], topic)
    const known = new Map(ends.map(([partition, start, end]) => [partition, { start, end }]))
    const partitions = [...new Set([...known.keys(), ...offsets.keys()])].sort((a, b) => a - b)
    const copied = input.sample === null ? new Map<number, number>() : reachedOffsets(input.sample, topic)
    for (const [partition, reached] of mirroredOffsets(input.reached ?? [], topic))
      copied.set(partition, Math.max(reached, copied.get(partition) ?? -1))
    const rows = partitions.map((partition): LedgerRow => {
      const mirrored = furthest(offsets.get(partition), copied.get(partition))
      const sampled = known.get(partition)
      const next = mirrored === undefined ? (sampled?.start ?? 0) : mirrored + 1
      const counted = behindMissing(next, input.sample?.missing, topic, partition)
      const from = behindEmpty(counted, rests.get(`${topic}/${partition}`))
      const records = sampled === undefined ? null : Math.max(0, sampled.end - from)
      const last = lastMirrored.get(`${topic}/${partition}`)
      return [partition, from, null, records, secondsBefore(input.sample, records, last)]
    })
    // Every topic has a partition 0: of one that nobody saw nothing is known, which is not nothing.
    const open = rows.length > 0 ? rows : [[0, 0, null, null, null] satisfies LedgerRow]
    return { topic, rows: [...open, ...missingRows(input.sample, topic)] }
  })
  return {
    kind: 'estimate',
    takenAt: input.takenAt,
    cluster: input.cluster,
    sampleAgeSeconds: input.sample === null ? null : ageSeconds(input.sample.at, input.takenAt),
    records: sumRecords(
      topics.flatMap(({ rows }) => rows),
      null,
    ),
    topics,
  }
}

/** What the copies lacked when the source was last seen, at most. */
function missingRows(sample: LagSample | null, topic: string): LedgerRow[] {
  if (sample === null) return []
  return (sample.missing ?? [])
    .filter((entry) => entry.topic === topic)
    .flatMap((entry) =>
      entry.rows.map((row): LedgerRow => {
        const records = missingOffsets([{ ...entry, rows: [row] }], sample.ends)
        return [row[0], row[1], row[2], sample.ends.length === 0 ? null : records, null]
      }),
    )
}

/**
 * What is stranded, counted on the old side. A range that holds no data has no row. A range nobody scanned, and offsets
 * that expired there before they were mirrored, are rows whose number of records is not known (null).
 */
export function exactLedger(input: {
  takenAt: string
  cluster: string
  ends: readonly TopicEnds[]
  mirroredTo: readonly TopicMirroredTo[]
  scans: readonly StrandedScan[]
  /** What the pair remembers of the link: what its copies lack, and what scans had found of rests that are gone by now. */
  sample?: Pick<LagSample, 'missing' | 'rests'> | null
}): LossLedger {
  const times = input.scans.flatMap(({ records, firstTimestamp }) =>
    records > 0 && firstTimestamp !== undefined ? [Date.parse(firstTimestamp)] : [],
  )
  const since = times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b))
  const topics = input.ends.flatMap((ends) => {
    const ranges = ledgerRanges([ends], input.mirroredTo, input.sample?.missing)
    const scans = input.scans.filter((scan) => scan.topic === ends.topic)
    const found = scans.filter((scan) => scan.records > 0)
    const unread = ranges.flatMap((range) => notScanned(range, scans))
    const rows = [
      ...expired(ends, input.mirroredTo, input.sample?.rests),
      ...found.map((scan) => rowOf(scan, since)),
      ...unread.map(({ partition, from, to }): LedgerRow => [partition, from, to, null]),
    ].sort(([a, fromA], [b, fromB]) => a - b || fromA - fromB)
    return rows.length === 0 ? [] : [{ topic: ends.topic, rows }]
  })
  return {
    kind: 'exact',
    takenAt: input.takenAt,
    cluster: input.cluster,
    sampleAgeSeconds: null,
    records: sumRecords(
      topics.flatMap(({ rows }) => rows),
      0,
    ),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    topics,
  }
}

/** What a complete certificate leaves to be remembered: what was lost before, and phantoms in the copies. Null: nothing. */
export function ledgerOfCertificate({ takenAt, phantoms, lost = [] }: Certificate, cluster: string): LossLedger | null {
  if (phantoms === undefined && lost.length === 0) return null
  const topics = [...new Set(lost.map(({ topic }) => topic))].map((topic) => ({
    topic,
    rows: lost.flatMap((range): LedgerRow[] =>
      range.topic === topic ? [[range.partition, range.from, range.to, range.records ?? null]] : [],
    ),
  }))
  const records = sumRecords(
    topics.flatMap(({ rows }) => rows),
    0,
  )
  const known = { kind: 'exact' as const, takenAt, cluster, sampleAgeSeconds: null, records, topics }
  return phantoms === undefined ? known : { ...known, phantoms }
}

/** Ranges [from, to) of the old side that were never acknowledged on the other: to be scanned for the exact ledger. */
export function ledgerRanges(
  ends: readonly TopicEnds[],
  mirroredTo: readonly TopicMirroredTo[],
  missing: readonly MissingCopies[] = [],
): { topic: string; partition: number; from: number; to: number }[] {
  const lacking = missing.flatMap(({ topic, topicId, rows }) => {
    const now = ends.find((entry) => entry.topic === topic && entry.topicId === topicId)
    return rows.flatMap(([partition, from, to]) => {
      const [, start, end] = now?.partitions.find(([number]) => number === partition) ?? []
      const range = { topic, partition, from: Math.max(from, start ?? from), to: Math.min(to, end ?? from) }
      return range.from < range.to ? [range] : []
    })
  })
  return [...lacking, ...residuals({ ends, mirroredTo })]
}

/** What expired before it was mirrored; what a scan had found there before is known. */
function expired(
  { topic, partitions }: TopicEnds,
  mirroredTo: readonly TopicMirroredTo[],
  rests: LagSample['rests'],
): LedgerRow[] {
  const offsets = mirroredOffsets(mirroredTo, topic)
  const byPlace = restsByPlace(rests)
  return partitions.flatMap(([partition, start]): LedgerRow[] => {
    const mirrored = offsets.get(partition)
    if (mirrored === undefined) return []
    const rest = byPlace.get(`${topic}/${partition}`)
    const from = behindEmpty(mirrored + 1, rest)
    return from < start ? [[partition, from, start, recordsKnown(rest, from, start)]] : []
  })
}

interface Range {
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** What is left of a range when the scans, which may be pieces of it, are taken away. */
function notScanned(range: Range, scans: readonly StrandedScan[]): Range[] {
  const left: Range[] = []
  let from = range.from
  const here = scans.filter((s) => s.partition === range.partition && s.to > range.from && s.from < range.to)
  for (const scan of here.sort((a, b) => a.from - b.from)) {
    if (scan.from > from) left.push({ partition: range.partition, from, to: scan.from })
    from = Math.max(from, scan.to)
  }
  return from < range.to ? [...left, { partition: range.partition, from, to: range.to }] : left
}

function rowOf({ partition, from, to, records, bytes, ...scan }: StrandedScan, since: number | undefined): LedgerRow {
  const after = (at: string | undefined) => (at === undefined || since === undefined ? null : Date.parse(at) - since)
  return [partition, from, to, records, bytes, after(scan.firstTimestamp), after(scan.lastTimestamp)]
}

/** Rounded up: it is a bound. A producer's clock that is ahead of ours makes no negative time. */
function secondsBefore(
  sample: LagSample | null,
  records: number | null,
  lastMirrored: number | undefined,
): number | null {
  if (records === 0) return 0
  if (sample === null || records === null || lastMirrored === undefined) return null
  return Math.max(0, Math.ceil((Date.parse(sample.at) - lastMirrored) / 1000))
}

function ageSeconds(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

/** Ranges of which nobody knows how many records they hold, so that `records` is not the whole. */
export function uncountedRows({ topics }: Pick<LossLedger, 'topics'>): number {
  return topics.flatMap(({ rows }) => rows).filter(([, , , records]) => records === null).length
}

/** Of the rows that are known; null where there are rows and none is. `ofNone`: without any row. */
function sumRecords(rows: readonly LedgerRow[], ofNone: number | null): number | null {
  const known = rows.flatMap(([, , , records]) => records ?? [])
  if (known.length === 0) return rows.length === 0 ? ofNone : null
  return known.reduce((sum, records) => sum + records, 0)
}
