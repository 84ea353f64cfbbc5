import type { Offender } from '../../contract/activities.ts'

/** In one sentence for a person; the worst come first, and the rest are counted. */
const shown = 5

/** `t-0 from 100 to 160 in 12 s (5 a second; producer id 4711, transactional id entry-1)`, for a question. */
export function offendersText(offenders: readonly Offender[]): string {
  const told = offenders.slice(0, shown).map(offenderText).join('; ')
  return offenders.length > shown ? `${told}; and ${offenders.length - shown} more partitions` : told
}

function offenderText({ topic, partition, from, to, seconds, producers }: Offender): string {
  if (to < 0) return `${topic}-${partition} is not there any more (it ended at ${from})`
  const told = [...(rateText(from, to, seconds) ?? []), producersText(producers)]
  return `${topic}-${partition} from ${from} to ${to} in ${seconds} s (${told.join('; ')})`
}

function rateText(from: number, to: number, seconds: number): [string] | null {
  if (seconds <= 0 || to <= from) return null
  const rate = (to - from) / seconds
  return [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second`]
}

function producersText(producers: Offender['producers']): string {
  if (producers === null) return 'the broker does not report who'
  if (producers.length === 0) return 'by a producer without an id'
  const told = producers.map(([id, name]) => (name === null ? `${id}` : `${id}, transactional id ${name}`))
  return `producer id ${told.join('; ')}`
}

/** What a broker remembers of a producer, as far as it shows that it wrote: [partition, id, epoch, sequence, time]. */
type Written = readonly [partition: number, id: number, epoch: number, sequence: number, at: number]

/** Ids that wrote to a partition between two looks: new ones, and those whose last record is another. */
export function wroteMeanwhile(before: readonly Written[], after: readonly Written[], partition: number): number[] {
  const known = new Set(before.map((row) => row.join()))
  return [...new Set(after.filter((row) => row[0] === partition && !known.has(row.join())).map(([, id]) => id))]
}
