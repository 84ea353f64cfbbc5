import type { PartitionTrack } from '../../contract/watch.ts'

export interface RetentionRace {
  /** Records already removed unmirrored, [from, to). */
  readonly lost: readonly [from: number, to: number] | null
  /** At the pace of the last window the start of the log passes the mirrored-to offset after so long; null: it does not. */
  readonly overtakesInSeconds: number | null
}

/**
 * Who is faster, retention (or DeleteRecords) at the start of the log, or mirroring behind it? Measured over the track's
 * older anchor, so that removal by whole segments is seen as a pace. Sources: `log start` and mirrored-to alone, whatever
 * `retention.ms` or `retention.bytes` say.
 */
export function retentionRace(
  { start, mirroredTo, track }: { start: number; mirroredTo: number; track: PartitionTrack },
  now: number,
): RetentionRace {
  const [then, startThen, mirroredThen] = track[3]
  const next = mirroredTo + 1
  const nextThen = mirroredThen + 1
  // What was never mirrored began to wait at the start of the log: it was lost from there.
  const from = mirroredTo === -1 ? startThen : next
  if (start > from) return { lost: [from, start], overtakesInSeconds: 0 }
  const seconds = now - then
  const removed = start - startThen
  const margin = next - start
  if (seconds <= 0 || removed <= 0 || mirroredTo === -1) return { lost: null, overtakesInSeconds: null }
  const closing = (removed - Math.max(0, next - nextThen)) / seconds
  return { lost: null, overtakesInSeconds: closing > 0 ? margin / closing : null }
}
