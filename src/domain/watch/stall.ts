export interface RateSample {
  /** ISO 8601. */
  readonly at: string
  /** Records not yet acknowledged on the target. */
  readonly totalLag: number
  /** Sum of the mirrored-to offsets of all partitions: grows while mirroring moves. */
  readonly mirroredSum: number
  /** Sum of the copies' ends: grows as well where nobody can tell what is copied. Absent: not looked at. */
  readonly copiedSum?: number
}

/**
 * How fast a link mirrors over the samples given, when it will be done at that rate, and for how long nothing moved.
 * A link with nothing left to mirror does not stall. The rate is null with less than two instants, or when the offsets
 * went back (the link was recreated in between).
 */
export function mirroringRate(samples: readonly RateSample[]): {
  recordsPerSecond: number | null
  etaSeconds: number | null
  stalledForSeconds: number
} {
  const ordered = [...samples].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const first = ordered[0]
  const last = ordered.at(-1)
  if (first === undefined || last === undefined)
    return { recordsPerSecond: null, etaSeconds: null, stalledForSeconds: 0 }

  const seconds = secondsBetween(first.at, last.at)
  const copied = last.mirroredSum - first.mirroredSum
  const recordsPerSecond = seconds > 0 && copied >= 0 ? copied / seconds : null
  return {
    recordsPerSecond,
    etaSeconds: eta(last.totalLag, recordsPerSecond),
    stalledForSeconds: last.totalLag === 0 ? 0 : secondsBetween(lastMoved(ordered, first), last.at),
  }
}

function eta(lag: number, rate: number | null): number | null {
  if (lag === 0) return 0
  return rate === null || rate === 0 ? null : lag / rate
}

/** The latest instant at which mirroring had moved, or had nothing to do. */
function lastMoved(ordered: readonly RateSample[], first: RateSample): string {
  let moved = first
  let previous = first
  for (const sample of ordered) {
    const copied = (sample.copiedSum ?? 0) > (previous.copiedSum ?? 0)
    if (sample.mirroredSum > previous.mirroredSum || copied || sample.totalLag === 0) moved = sample
    previous = sample
  }
  return moved.at
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}
