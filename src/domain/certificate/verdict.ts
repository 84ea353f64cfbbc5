import type { CertificateRow, CopyGap, ExpiredOffsets, PartitionVerdict, RestRow } from '../../contract/evidence.ts'
import { behindEmpty } from '../watch/rests.ts'

/** Verdicts under which nothing of the partition is left to mirror. */
export const provenVerdicts: ReadonlySet<PartitionVerdict> = new Set<PartitionVerdict>([
  'mirrored',
  'markers-only',
  'empty',
  // What is not known is said, and nothing that is waited for tells it.
  'expired-unknown',
  // Given by `onLatency` alone, where offsets cannot be compared.
  'latency-only',
])

/**
 * Offsets of one partition not yet acknowledged on the target: at least as many as there are records. Connect reports
 * the last acknowledged offset, so the next to copy is one above it; what the log no longer holds cannot be copied.
 */
export function partitionLag(x: { highWatermark: number; mirroredTo: number | undefined; logStart: number }): number {
  const next = x.mirroredTo === undefined ? x.logStart : Math.max(x.mirroredTo + 1, x.logStart)
  return Math.max(0, x.highWatermark - next)
}

export interface PartitionEvidence {
  readonly start: number
  readonly highWatermark: number
  readonly lastStable: number
  readonly mirroredTo: number | undefined
  /** Data records found above the mirrored-to offset by a complete scan; undefined: nobody knows. */
  readonly dataRecords: number | undefined
  readonly assigned: boolean
  /** The topic's id is not the one seen before. */
  readonly recreated: boolean
  /** Offsets that the log lost before anybody saw them mirrored; null: none known. */
  readonly expired: Readonly<ExpiredOffsets> | null
  /** What the copy says against the proof; null: nothing. */
  readonly refused: CopyRefusal | null
}

/** The copy does not hold what it should: see the verdicts. */
export interface CopyRefusal {
  readonly verdict: Extract<PartitionVerdict, `copy-${string}`>
  readonly gap: CopyGap
}

/** The verdict on one partition, the gravest first, and its lag in records (in offsets where it was not scanned). */
export function judge(x: PartitionEvidence): { verdict: PartitionVerdict; lag: number } {
  const distance = partitionLag({ highWatermark: x.highWatermark, mirroredTo: x.mirroredTo, logStart: x.start })
  // What a scan counts ends at the last stable offset, so it says nothing about an open transaction.
  const lag = x.lastStable < x.highWatermark ? distance : Math.min(distance, x.dataRecords ?? distance)
  const verdict = verdictOf(x, distance, lag)
  // What the copy lacks is not mirrored, wherever it lies.
  return { verdict, lag: x.refused?.verdict === verdict ? lag + (x.refused.gap[0] ?? 1) : lag }
}

function verdictOf(x: PartitionEvidence, distance: number, lag: number): PartitionVerdict {
  const mirrored = x.mirroredTo
  if (x.recreated || (mirrored !== undefined && mirrored >= x.highWatermark)) return 'truncated-or-recreated'
  if (x.refused !== null) return x.refused.verdict
  if (x.expired !== null && x.expired[2] === undefined) return 'expired-before-mirrored'
  if (x.lastStable !== x.highWatermark) return 'open-transaction'
  if (!x.assigned) return 'unassigned'
  if (distance > 0 && lag > 0) return mirrored === undefined ? 'never-mirrored' : 'behind'
  if (x.expired !== null) return 'expired-unknown'
  if (distance > 0) return 'markers-only'
  return mirrored === undefined ? 'empty' : 'mirrored'
}

/**
 * What the log lost before it was seen to be mirrored. By the last look when there is one, since MirrorMaker goes on at the
 * log's start after such a loss, and its position then hides it: what was proven then may expire, what was not may not,
 * and what has once expired stays so.
 *
 * Offsets are not records: markers and aborted records take some as well, and are never mirrored. There were records among the
 * offsets only where the last look saw more of them than what is left has room for; else nobody knows any more. `rest`: what the
 * pair's watch had found behind the position before; what held no record then is no loss.
 */
export function expiredOffsets(
  now: { readonly start: number; readonly mirroredTo: number | undefined },
  last: CertificateRow | undefined,
  rest?: RestRow,
): ExpiredOffsets | null {
  const before = last?.[7]
  if (before !== undefined && before !== null) return before
  const unproven = last === undefined ? (now.mirroredTo === undefined ? now.start : now.mirroredTo + 1) : provenTo(last)
  const from = behindEmpty(unproven, rest)
  if (from >= now.start) return null
  return last !== undefined && recordsExpired(last, from, now.start) ? [from, now.start] : [from, now.start, null]
}

/** `behind` by so many records, of which what is left of their range cannot hold all. */
function recordsExpired([, start, end, , mirroredTo, lag, verdict]: CertificateRow, from: number, to: number): boolean {
  if (verdict !== 'behind' && verdict !== 'never-mirrored' && verdict !== 'unassigned') return false
  const first = Math.max(from, mirroredTo + 1, start)
  return to > first && lag > Math.max(0, end - to)
}

/** Everything below was mirrored at that look, or had never been in the log. */
function provenTo([, start, highWatermark, , mirroredTo, , verdict]: CertificateRow): number {
  return provenVerdicts.has(verdict) ? highWatermark : Math.max(mirroredTo + 1, start)
}
