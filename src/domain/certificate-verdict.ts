import type { CertificateRow, PartitionVerdict } from '../contract/evidence.ts'

/** Verdicts under which nothing of the partition is left to mirror. */
export const provenVerdicts: ReadonlySet<PartitionVerdict> = new Set<PartitionVerdict>([
  'mirrored',
  'markers-only',
  'empty',
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
  /** Offsets [from, to) that the log lost before anybody saw them mirrored; null: none known. */
  readonly expired: readonly [from: number, to: number] | null
}

/** The verdict on one partition, the gravest first, and its lag in records (in offsets where it was not scanned). */
export function judge(x: PartitionEvidence): { verdict: PartitionVerdict; lag: number } {
  const distance = partitionLag({ highWatermark: x.highWatermark, mirroredTo: x.mirroredTo, logStart: x.start })
  // What a scan counts ends at the last stable offset, so it says nothing about an open transaction.
  const lag = x.lastStable < x.highWatermark ? distance : Math.min(distance, x.dataRecords ?? distance)
  return { verdict: verdictOf(x, distance, lag), lag }
}

function verdictOf(x: PartitionEvidence, distance: number, lag: number): PartitionVerdict {
  const mirrored = x.mirroredTo
  if (x.recreated || (mirrored !== undefined && mirrored >= x.highWatermark)) return 'truncated-or-recreated'
  if (x.expired !== null) return 'expired-before-mirrored'
  if (x.lastStable !== x.highWatermark) return 'open-transaction'
  if (!x.assigned) return 'unassigned'
  if (distance === 0) return mirrored === undefined ? 'empty' : 'mirrored'
  if (lag === 0) return 'markers-only'
  return mirrored === undefined ? 'never-mirrored' : 'behind'
}

/**
 * What the log lost before it was seen to be mirrored. By the last look when there is one, since MirrorMaker goes on at the
 * log's start after such a loss, and its position then hides it: what was proven then may expire, what was not may not,
 * and what has once expired stays so.
 */
export function expiredRange(
  now: { readonly start: number; readonly mirroredTo: number | undefined },
  last: CertificateRow | undefined,
): [from: number, to: number] | null {
  if (last?.[7] !== undefined) return last[7]
  const from = last === undefined ? (now.mirroredTo === undefined ? now.start : now.mirroredTo + 1) : provenTo(last)
  return from < now.start ? [from, now.start] : null
}

/** Everything below was mirrored at that look, or had never been in the log. */
function provenTo([, start, highWatermark, , mirroredTo, , verdict]: CertificateRow): number {
  return provenVerdicts.has(verdict) ? highWatermark : Math.max(mirroredTo + 1, start)
}
