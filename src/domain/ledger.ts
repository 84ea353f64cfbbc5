import type { Certificate, LagSample, LedgerRow, LossLedger, TopicEnds } from '../contract/evidence.ts'
import { mirroredOffsets, residuals } from './certificate.ts'
import type { TopicMirroredTo } from './certificate.ts'

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
 * link's own store beat those of the sample. The seconds reach from the partition's last mirrored record to the moment the
 * source was last seen (the sample's): null where the one or the other is not known, 0 where nothing is missing.
 */
export function estimateLedger(input: {
  takenAt: string
  cluster: string
  sample: LagSample | null
  mirroredTo: readonly TopicMirroredTo[]
  topics: readonly string[]
  lastMirrored: readonly LastMirrored[]
}): LossLedger {
  const lastMirrored = new Map(input.lastMirrored.map((last) => [`${last.topic}/${last.partition}`, last.timestamp]))
  const topics = [...new Set(input.topics)].map((topic) => {
    const ends = input.sample?.ends.find((entry) => entry.topic === topic)?.partitions ?? []
    const offsets = mirroredOffsets([...(input.sample?.mirroredTo ?? []), ...input.mirroredTo], topic)
    const known = new Map(ends.map(([partition, start, end]) => [partition, { start, end }]))
    const partitions = [...new Set([...known.keys(), ...offsets.keys()])].sort((a, b) => a - b)
    const rows = partitions.map((partition): LedgerRow => {
      const mirrored = offsets.get(partition)
      const sampled = known.get(partition)
      const from = mirrored === undefined ? (sampled?.start ?? 0) : mirrored + 1
      const records = sampled === undefined ? null : Math.max(0, sampled.end - from)
      const last = lastMirrored.get(`${topic}/${partition}`)
      return [partition, from, null, records, secondsBefore(input.sample, records, last)]
    })
    return { topic, rows }
  })
  return {
    kind: 'estimate',
    takenAt: input.takenAt,
    cluster: input.cluster,
    sampleAgeSeconds: input.sample === null ? null : ageSeconds(input.sample.at, input.takenAt),
    records: sumRecords(topics.flatMap(({ rows }) => rows)),
    topics,
  }
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
}): LossLedger {
  const times = input.scans.flatMap(({ records, firstTimestamp }) =>
    records > 0 && firstTimestamp !== undefined ? [Date.parse(firstTimestamp)] : [],
  )
  const since = times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b))
  const topics = input.ends.flatMap((ends) => {
    const ranges = ledgerRanges([ends], input.mirroredTo)
    const scans = input.scans.filter((scan) => scan.topic === ends.topic)
    const found = scans.filter((scan) => scan.records > 0)
    const unread = ranges.flatMap((range) => notScanned(range, scans))
    const rows = [
      ...expired(ends, input.mirroredTo),
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
    records: sumRecords(topics.flatMap(({ rows }) => rows)),
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
      range.topic === topic ? [[range.partition, range.from, range.to, null]] : [],
    ),
  }))
  const known = { kind: 'exact' as const, takenAt, cluster, sampleAgeSeconds: null, records: 0, topics }
  return phantoms === undefined ? known : { ...known, phantoms }
}

/** Ranges [from, to) of the old side that were never acknowledged on the other: to be scanned for the exact ledger. */
export function ledgerRanges(
  ends: readonly TopicEnds[],
  mirroredTo: readonly TopicMirroredTo[],
): { topic: string; partition: number; from: number; to: number }[] {
  return residuals({ ends, mirroredTo })
}

function expired({ topic, partitions }: TopicEnds, mirroredTo: readonly TopicMirroredTo[]): LedgerRow[] {
  const offsets = mirroredOffsets(mirroredTo, topic)
  return partitions.flatMap(([partition, start]): LedgerRow[] => {
    const mirrored = offsets.get(partition)
    return mirrored !== undefined && mirrored + 1 < start ? [[partition, mirrored + 1, start, null]] : []
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

function sumRecords(rows: readonly LedgerRow[]): number {
  return rows.reduce((sum, [, , , records]) => sum + (records ?? 0), 0)
}
