import type { ReceivedRecord } from '../../lab/apps/records.ts'
import type { OffsetRange } from '../../lab/verdict.ts'

/** A broker that was struck: gone or frozen from `from` until it served again at `to`, ms since 1970. */
export type Outage = { cluster: string; from: number; to: number }

/** Milliseconds between processing a batch and the end of its commit: a fetch, and a broker on its way down. */
const COMMIT_MS = 5_000

/**
 * What a consumer had processed and could not commit any more because the broker was struck, it reads again when the broker is
 * back, from the same place: so does everything that commits after its work. Anything older read again is not of this.
 */
export function uncommitted(received: readonly ReceivedRecord[], outages: readonly Outage[]): OffsetRange[] {
  const seen = new Map<string, number>()
  return received.flatMap(({ cluster, topic, partition, offset, at }) => {
    const place = `${cluster}\u0000${topic}\u0000${partition}\u0000${offset}`
    const first = seen.get(place)
    seen.set(place, at)
    const struck = outages.some(
      (outage) =>
        outage.cluster === cluster &&
        first !== undefined &&
        first >= outage.from - COMMIT_MS &&
        first <= outage.to &&
        at >= outage.from,
    )
    return struck ? [{ cluster, topic, partition, from: offset, to: offset + 1 }] : []
  })
}
