import type { LagSample, LedgerRow, LossLedger, TopicEnds } from '../contract/evidence.ts'
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

/**
 * What may be stranded while the source is dark. Every partition known gets an open-ended row, from the first offset
 * not acknowledged; the records are those the last sample knew of, null without one. Newer mirrored-to offsets from the
 * link's own store beat those of the sample.
 */
export function estimateLedger(input: {
  takenAt: string
  cluster: string
  sample: LagSample | null
  mirroredTo: readonly TopicMirroredTo[]
  topics: readonly string[]
}): LossLedger {
  const topics = [...new Set(input.topics)].map((topic) => {
    const ends = input.sample?.ends.find((entry) => entry.topic === topic)?.partitions ?? []
    const offsets = mirroredOffsets([...(input.sample?.mirroredTo ?? []), ...input.mirroredTo], topic)
    const known = new Map(ends.map(([partition, start, end]) => [partition, { start, end }]))
    const partitions = [...new Set([...known.keys(), ...offsets.keys()])].sort((a, b) => a - b)
    const rows = partitions.map((partition): LedgerRow => {
      const mirrored = offsets.get(partition)
      const sampled = known.get(partition)
      const from = mirrored === undefined ? (sampled?.start ?? 0) : mirrored + 1
      return [partition, from, null, sampled === undefined ? null : Math.max(0, sampled.end - from)]
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
  const topics = input.ends.flatMap((ends) => {
    const ranges = ledgerRanges([ends], input.mirroredTo)
    const scans = input.scans.filter((scan) => scan.topic === ends.topic)
    const found = scans.filter((scan) => scan.records > 0)
    const unread = ranges.flatMap((range) => notScanned(range, scans))
    const rows = [
      ...expired(ends, input.mirroredTo),
      ...found.map(({ partition, from, to, records }): LedgerRow => [partition, from, to, records]),
      ...unread.map(({ partition, from, to }): LedgerRow => [partition, from, to, null]),
    ].sort(([a, fromA], [b, fromB]) => a - b || fromA - fromB)
    return rows.length === 0 ? [] : [{ topic: ends.topic, rows, ...extent(found) }]
  })
  return {
    kind: 'exact',
    takenAt: input.takenAt,
    cluster: input.cluster,
    sampleAgeSeconds: null,
    records: sumRecords(topics.flatMap(({ rows }) => rows)),
    topics,
  }
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

function extent(scans: readonly StrandedScan[]): { firstTimestamp?: string; lastTimestamp?: string; bytes?: number } {
  const first = scans.flatMap((scan) => scan.firstTimestamp ?? []).sort(byTime)[0]
  const last = scans
    .flatMap((scan) => scan.lastTimestamp ?? [])
    .sort(byTime)
    .at(-1)
  return {
    ...(first === undefined ? {} : { firstTimestamp: first }),
    ...(last === undefined ? {} : { lastTimestamp: last }),
    bytes: scans.reduce((sum, scan) => sum + scan.bytes, 0),
  }
}

function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b)
}

function ageSeconds(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

function sumRecords(rows: readonly LedgerRow[]): number {
  return rows.reduce((sum, [, , , records]) => sum + (records ?? 0), 0)
}
