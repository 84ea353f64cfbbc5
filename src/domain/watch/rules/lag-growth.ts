import type { LagSlot } from '../../../contract/watch.ts'
import type { WatchRule } from '../look.ts'

/** Fewer slots say nothing about a trend. */
const fewest = 4

/**
 * Does the lag only grow? Mirrored-to offsets arrive in steps (Connect writes them once a minute), so single values jump: the
 * least lag of the window's last third must exceed the greatest of its first third. `slots` are those of one window.
 */
export function growth(slots: readonly LagSlot[]): { from: number; to: number; seconds: number } | null {
  const known = slots.filter(([, lag]) => lag >= 0)
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined || known.length < fewest) return null
  const seconds = last[0] - first[0]
  const early = known.filter(([at]) => at - first[0] <= seconds / 3)
  const late = known.filter(([at]) => last[0] - at <= seconds / 3)
  const from = Math.max(...early.map(([, , worst]) => worst))
  const to = Math.min(...late.map(([, lag]) => lag))
  return to > from && seconds > 0 ? { from, to, seconds } : null
}

/** The link cannot keep up with the producers. */
export const lagGrowth: WatchRule = ({ recent, windows, from, to }) => {
  const first = recent[0]
  const last = recent.at(-1)
  if (first === undefined || last === undefined) return undefined
  // The trend of a shorter time may be one burst.
  if (last[0] - first[0] < windows.growth * 0.9) return null
  const found = growth(recent)
  if (found === null) return null
  return {
    severity: 'warning',
    text: `The lag of ${from}->${to} grows: from ${found.from} to ${found.to} offsets in ${found.seconds} s.`,
    todo: 'Raise tasks.max or the throughput of the Connect worker; until then a failover waits longer, and a forced one loses more.',
  }
}
