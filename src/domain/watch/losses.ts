import type { LostRange } from '../../contract/evidence.ts'
import type { WatchMemory } from '../../contract/watch.ts'
import { type WatchLook, secondsOf } from './look.ts'
import { retentionRace } from './rules/retention-overtakes.ts'
import { standing } from './tracks.ts'

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
    const from = Math.max(lost[0], one.track[5])
    return from < lost[1]
      ? [{ topic: one.topic, topicId, partition: one.partition, from, to: lost[1], seenAt: look.at }]
      : []
  })
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
    return more === undefined
      ? range
      : { ...range, from: Math.min(range.from, more.from), to: Math.max(range.to, more.to) }
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

/** "t-0 offsets 10 to 109 (seen 2026-01-01T00:00:00Z)" */
export function lossText({ topic, partition, from, to, seenAt }: LostRange): string {
  return `${topic}-${partition} offsets ${from} to ${to - 1} (seen ${seenAt})`
}

export function lostOffsets(lost: readonly LostRange[]): number {
  return lost.reduce((sum, { from, to }) => sum + to - from, 0)
}

function samePlace(a: LostRange, b: LostRange): boolean {
  return a.topic === b.topic && a.topicId === b.topicId && a.partition === b.partition
}
