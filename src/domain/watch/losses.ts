import type { LostRange } from '../../contract/evidence.ts'
import type { WatchMemory } from '../../contract/watch.ts'
import { type WatchLook, secondsOf } from './look.ts'
import { retentionRace } from './retention-race.ts'
import { behindEmpty, recordsAtLeast, recordsKnown } from './rests.ts'
import { type Standing, standing } from './tracks.ts'

/** Ranges kept, the newest: about 10 KB. Older than a week they are history: readers are past them, or have asked. */
const keptRanges = 50
const keptSeconds = 7 * 24 * 3_600

/** What this look shows to be lost. A rest that was scanned and found to be markers only is no loss. */
export function lossesSeen(memory: WatchMemory, look: WatchLook): LostRange[] {
  const now = secondsOf(look.at)
  const ids = new Map(look.ends?.map(({ topic, topicId }) => [topic, topicId]))
  return standing(memory, look).flatMap((one): LostRange[] => {
    const { lost } = retentionRace(one, now)
    const topicId = ids.get(one.topic)
    if (lost === null || topicId === undefined) return []
    return lostRange(one, lost, { topicId, seenAt: look.at })
  })
}

function lostRange(
  { topic, partition, rest }: Standing,
  [first, to]: readonly [from: number, to: number],
  seen: { topicId: string; seenAt: string },
): LostRange[] {
  const from = behindEmpty(first, rest)
  if (from >= to) return []
  const records = recordsKnown(rest, from, to)
  const atLeast = recordsAtLeast(rest, from, to)
  if (records === 0) return []
  return [
    {
      topic,
      partition,
      from,
      to,
      ...seen,
      ...(records === null ? {} : { records }),
      ...(records === null && atLeast > 0 ? { atLeast } : {}),
    },
  ]
}

/** With what was seen before: one range grows, and those of a topic that was created again are gone with it. */
export function lossesKept(before: readonly LostRange[], seen: readonly LostRange[], look: WatchLook): LostRange[] {
  const since = secondsOf(look.at) - keptSeconds
  const older = before.filter(
    ({ topic, topicId, seenAt }) =>
      secondsOf(seenAt) >= since && !look.ends?.some((entry) => entry.topic === topic && entry.topicId !== topicId),
  )
  const grown = older.map((range) => {
    const more = seen.find((other) => samePlace(range, other) && other.from <= range.to && other.to >= range.from)
    return more === undefined ? range : joined(range, more)
  })
  const anew = seen.filter(
    (range) => !grown.some((other) => samePlace(range, other) && range.from <= other.to && range.to >= other.from),
  )
  return [...grown, ...anew].slice(-keptRanges)
}

/** Those of the topics as they are now: `topics` with their ids. */
export function lossesOf(
  lost: readonly LostRange[] | undefined,
  topics: readonly { readonly topic: string; readonly topicId: string }[],
): LostRange[] {
  return (lost ?? []).filter((range) =>
    topics.some(({ topic, topicId }) => topic === range.topic && topicId === range.topicId),
  )
}

/** One range of both. What is known of the longer one is known of it, if it is the whole; else that there were records. */
function joined(before: LostRange, more: LostRange): LostRange {
  const [from, to] = [Math.min(before.from, more.from), Math.max(before.to, more.to)]
  const whole = [more, before].find((one) => one.from === from && one.to === to && one.records !== undefined)
  const { records: _records, atLeast: _atLeast, ...range } = before
  const atLeast = Math.max(certainly(before), certainly(more))
  return {
    ...range,
    from,
    to,
    ...(whole?.records === undefined ? (atLeast > 0 ? { atLeast } : {}) : { records: whole.records }),
  }
}

/** So many records of it are lost for certain. */
export function certainly({ records, atLeast }: LostRange): number {
  return records ?? atLeast ?? 0
}

/** "t-0 offsets 10 to 109 (100 records, seen 2026-01-01T00:00:00Z)" */
export function lossText(range: LostRange): string {
  const { topic, partition, from, to, seenAt, records, atLeast } = range
  const known =
    records !== undefined
      ? `${records} records`
      : atLeast !== undefined
        ? `at least ${atLeast} records`
        : 'unknown how many records, if any'
  return `${topic}-${partition} offsets ${from} to ${to - 1} (${known}, seen ${seenAt})`
}

export function lostOffsets(lost: readonly LostRange[]): number {
  return lost.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** All records of these ranges, where every one was counted; null: of some it is not known how many there were, if any. */
export function lostRecords(lost: readonly LostRange[]): number | null {
  return lost.every(({ records }) => records !== undefined)
    ? lost.reduce((sum, { records = 0 }) => sum + records, 0)
    : null
}

/** "12 records", or "400 offsets, at least 12 of them records": what was never counted is not called records. */
export function lostText(lost: readonly LostRange[]): string {
  const records = lostRecords(lost)
  if (records !== null) return `${records} records`
  const least = lost.reduce((sum, range) => sum + certainly(range), 0)
  return `${lostOffsets(lost)} offsets, ${least > 0 ? `at least ${least} of them records` : 'unknown how many of them records, if any'}`
}

function samePlace(a: LostRange, b: LostRange): boolean {
  return a.topic === b.topic && a.topicId === b.topicId && a.partition === b.partition
}
