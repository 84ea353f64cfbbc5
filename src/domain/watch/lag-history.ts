import type { LagHistory, LagPoint, LagSlot } from '../../contract/watch.ts'

/**
 * What is kept how finely: 15 minutes in slots of 5 s, 2 hours in slots of a minute, a day in slots of 10 minutes. A slot
 * holds its newest numbers and its worst lag, however many looks fell into it.
 */
export const tiers = [
  { slotSeconds: 5, forSeconds: 15 * 60 },
  { slotSeconds: 60, forSeconds: 2 * 3_600 },
  { slotSeconds: 600, forSeconds: 24 * 3_600 },
] as const

/**
 * At most so many slots: 181 + 107 + 134. With each number in full length they take less than 50 KB as JSON, and the worst
 * topics, with names as long as Kafka allows, less than 15 KB.
 */
export const mostSlots = 422
const keptTopics = 50

export const noHistory: LagHistory = { slots: [], worst: [] }

/** The history with one look more. A look older than the newest slot counts into that one: a clock may go back a little. */
export function withPoint(history: LagHistory, point: LagPoint): LagHistory {
  const at = Math.floor(Date.parse(point.at) / 1000)
  if (!Number.isFinite(at)) return history
  const newest = history.slots.at(-1)
  const now = Math.max(at, newest?.[0] ?? at)
  const slots = coarsened([...history.slots, slotOf(point, now)], now)
  return { slots, worst: worstTopics(history, point, now) }
}

/** Slots of the last `seconds`, oldest first. */
export function recent(history: LagHistory, seconds: number): LagSlot[] {
  const until = history.slots.at(-1)?.[0] ?? 0
  return history.slots.filter(([at]) => at >= until - seconds)
}

function slotOf({ lag, ends, mirrored, sourceReachable, linkReachable }: LagPoint, at: number): LagSlot {
  const known = lag ?? -1
  return [at, known, known, ends ?? -1, mirrored ?? -1, 1, sourceReachable && linkReachable ? 0 : 1]
}

/** Each slot moves to the grid of its age; slots that meet there become one. What is older than the last tier is dropped. */
function coarsened(slots: readonly LagSlot[], now: number): LagSlot[] {
  const kept: LagSlot[] = []
  for (const slot of slots) {
    const grid = gridOf(now - slot[0])
    if (grid === null) continue
    const at = slot[0] - (slot[0] % grid)
    const last = kept.at(-1)
    if (last !== undefined && last[0] >= at) kept[kept.length - 1] = joined(last, slot)
    else kept.push([at, slot[1], slot[2], slot[3], slot[4], slot[5], slot[6]])
  }
  return kept
}

function gridOf(age: number): number | null {
  return tiers.find(({ forSeconds }) => age <= forSeconds)?.slotSeconds ?? null
}

/** The newer numbers where they are known, the worst of both. */
function joined(a: LagSlot, b: LagSlot): LagSlot {
  const newer = (index: 1 | 3 | 4): number => (b[index] === -1 ? a[index] : b[index])
  return [a[0], newer(1), Math.max(a[2], b[2]), newer(3), newer(4), a[5] + b[5], a[6] + b[6]]
}

function worstTopics({ worst }: LagHistory, point: LagPoint, now: number): LagHistory['worst'] {
  const day = tiers[2].forSeconds
  const byTopic = new Map(worst.filter(([, , at]) => now - at <= day).map((entry) => [entry[0], entry]))
  for (const [topic, lag] of point.worst) {
    const known = byTopic.get(topic)
    if (known === undefined || lag >= known[1]) byTopic.set(topic, [topic, lag, now])
  }
  return [...byTopic.values()].sort(([, a], [, b]) => b - a).slice(0, keptTopics)
}
