import type { Span } from '../history-spans.ts'

/** The parts of a window in which nobody can write, in the order of a run. `ours`: none of the others was under way. */
export const parts = ['stop', 'fence', 'proof', 'start', 'ours'] as const
export type Part = (typeof parts)[number]
/** Seconds. */
export type Split = Record<Part, number>

const activitiesOf: Record<Exclude<Part, 'ours' | 'start'>, readonly string[]> = {
  stop: ['stopApplication'],
  fence: ['observeFence', 'applyFence', 'awaitStill'],
  proof: ['awaitMirrored', 'flushLink', 'takeCertificate', 'readMirroredTo', 'readEnds', 'checkAccess'],
}

/**
 * Where a window went: each moment of it belongs to the first part, in the order of a run, of which an activity was under way. The
 * start is the application's own: from the order to start it to its first record. Times in milliseconds since 1970.
 */
export function splitWindow(spans: readonly Span[], window: { from: number; to: number }): Split {
  const began = Math.min(...spans.filter(({ activity }) => activity === 'startApplication').map(({ from }) => from))
  const startsAt = Math.min(Math.max(began, window.from), window.to)
  const before = { from: window.from, to: startsAt }
  const split: Split = { stop: 0, fence: 0, proof: 0, start: (window.to - startsAt) / 1000, ours: 0 }
  const moments = spans.flatMap(({ from, to }) => [from, to]).filter((at) => at > before.from && at < before.to)
  const edges = [before.from, ...new Set(moments.toSorted((one, other) => one - other)), before.to]
  for (const [index, to] of edges.entries()) {
    const from = edges[index - 1]
    if (from === undefined || to <= from) continue
    const under = new Set(spans.filter((span) => span.from <= from && span.to >= to).map(({ activity }) => activity))
    const part = (['stop', 'fence', 'proof'] as const).find((one) => activitiesOf[one].some((name) => under.has(name)))
    split[part ?? 'ours'] += (to - from) / 1000
  }
  return split
}
