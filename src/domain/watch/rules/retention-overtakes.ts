import type { PartitionTrack } from '../../../contract/watch.ts'
import { type WatchRule, secondsOf, some } from '../look.ts'
import { standing } from '../tracks.ts'

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

/** Records are removed on the source before they are mirrored, or will be soon. */
export const retentionOvertakes: WatchRule = (look, memory) => {
  if (look.ends === null || look.mirroredTo === null) return undefined
  const now = secondsOf(look.at)
  const races = standing(memory, look).map((one) => ({ ...one, race: retentionRace(one, now) }))
  const lost = races.flatMap(({ topic, partition, race }) =>
    race.lost ? [`${topic}-${partition} (offsets ${race.lost[0]} to ${race.lost[1] - 1})`] : [],
  )
  const soon = races
    .filter(({ race }) => race.lost === null && (race.overtakesInSeconds ?? Infinity) <= look.windows.retention)
    .map(
      ({ topic, partition, start, mirroredTo, race }) =>
        `${topic}-${partition} (log starts at ${start}, mirrored to ${mirroredTo}, overtaken in about ${Math.round(race.overtakesInSeconds ?? 0)} s)`,
    )
  if (lost.length === 0 && soon.length === 0) return null
  const parts = [
    ...(lost.length > 0 ? [`Retention on ${look.from} removed records before they were mirrored: ${some(lost)}.`] : []),
    ...(soon.length > 0 ? [`Retention on ${look.from} is about to overtake the mirroring: ${some(soon)}.`] : []),
  ]
  return {
    severity: lost.length > 0 ? 'blocking' : 'warning',
    text: parts.join(' '),
    todo:
      lost.length > 0
        ? `What is gone is lost to ${look.to}. Raise retention.ms on ${look.from} until the link has caught up.`
        : `Raise retention.ms (and retention.bytes) of these topics on ${look.from} now, then see why the link is slow.`,
  }
}
