import { type WatchRule, secondsOf, some } from '../look.ts'
import { certainly, lossesSeen, lossText } from '../losses.ts'
import { retentionRace } from '../retention-race.ts'
import { standing } from '../tracks.ts'

/** Records are removed on the source before they are mirrored, or will be soon. */
export const retentionOvertakes: WatchRule = (look, memory) => {
  if (look.ends === null || look.mirroredTo === null) return undefined
  const now = secondsOf(look.at)
  const races = standing(memory, look).map((one) => ({ ...one, race: retentionRace(one, now) }))
  const lost = lossesSeen(memory, look)
  const certain = lost.filter((range) => certainly(range) > 0)
  const unknown = lost.filter((range) => certainly(range) === 0)
  const soon = races
    .filter(({ race }) => race.lost === null && (race.overtakesInSeconds ?? Infinity) <= look.windows.retention)
    .map(
      ({ topic, partition, start, mirroredTo, race }) =>
        `${topic}-${partition} (log starts at ${start}, mirrored to ${mirroredTo}, overtaken in about ${Math.round(race.overtakesInSeconds ?? 0)} s)`,
    )
  if (lost.length === 0 && soon.length === 0) return null
  const parts = [
    ...(certain.length > 0
      ? [`Retention on ${look.from} removed records before they were mirrored: ${some(certain.map(lossText))}.`]
      : []),
    ...(unknown.length > 0
      ? [
          `Retention on ${look.from} removed offsets before they were mirrored. Whether there were records among them is not known: ${some(unknown.map(lossText))}.`,
        ]
      : []),
    ...(soon.length > 0 ? [`Retention on ${look.from} is about to overtake the mirroring: ${some(soon)}.`] : []),
  ]
  return {
    severity: certain.length > 0 ? 'blocking' : 'warning',
    text: parts.join(' '),
    todo:
      lost.length > 0
        ? `What is gone is lost to ${look.to}. Raise retention.ms on ${look.from} until the link has caught up.` +
          (certain.length > 0
            ? ''
            : ' Transaction markers and records of aborted transactions are no loss: of a partition that was idle it may be nothing.')
        : `Raise retention.ms (and retention.bytes) of these topics on ${look.from} now, then see why the link is slow.`,
  }
}
