import type { Dossier } from '../../contract/dossier.ts'
import type { ForcedLoss } from '../../contract/pair-messages.ts'
import type { WatchState } from '../../contract/watch.ts'
import { unpackSample } from '../packed-sample.ts'
import { nextToMirror } from '../certificate.ts'

const unknown: ForcedLoss = { records: null, seconds: null, asOf: null, uncertaintySeconds: null }

/**
 * What a forced failover would lose now: what was not mirrored when the source was last seen. An unprotected pair loses
 * everything written since then, which nobody counts. `now` is ISO 8601.
 */
export function forcedLoss(dossier: Dossier, watch: WatchState | null, now: string): ForcedLoss {
  const { protectedBy, unprotectedSince, active, lastSample } = dossier
  if (protectedBy === null || protectedBy.from !== active) {
    return { ...unknown, seconds: unprotectedSince === null ? null : elapsed(unprotectedSince, now) }
  }
  if (lastSample === null || lastSample.topics.length === 0) return unknown
  const asOf = lastSample.sourceSeenAt ?? lastSample.at
  const records = lastSample.totalLag ?? lagOf(lastSample)
  return { records, seconds: secondsBehind(records, watch, asOf), asOf, uncertaintySeconds: elapsed(asOf, now) }
}

function lagOf(sample: NonNullable<Dossier['lastSample']>): number {
  const { ends, mirroredTo } = unpackSample(sample)
  const offsets = new Map(mirroredTo.map((entry) => [entry.topic, new Map(entry.offsets)]))
  return ends
    .flatMap(({ topic, partitions }) =>
      partitions.map(([partition, start, end]) =>
        Math.max(0, end - nextToMirror(offsets.get(topic)?.get(partition), start)),
      ),
    )
    .reduce((sum, lag) => sum + lag, 0)
}

/**
 * When was the oldest unmirrored record written? After the last look at which no more had been written than is mirrored now,
 * and, of a partition that stands still, about when it began to stand: the older of both.
 */
function secondsBehind(records: number, watch: WatchState | null, asOf: string): number | null {
  if (records === 0) return 0
  if (watch === null) return null
  const { slots } = watch.history
  const mirrored = slots.findLast((slot) => slot[4] >= 0)?.[4]
  const covered = mirrored === undefined ? undefined : slots.findLast((slot) => slot[3] >= 0 && slot[3] <= mirrored)
  const oldest = slots[0]
  const stands = watch.memory.tracks.flatMap(({ rows }) => rows.map((row) => row[2]))
  const candidates = [...stands, ...(covered ? [covered[0]] : oldest ? [oldest[0]] : [])]
  if (candidates.length === 0) return null
  return Math.max(0, Math.round(Date.parse(asOf) / 1000 - Math.min(...candidates)))
}

function elapsed(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
}
