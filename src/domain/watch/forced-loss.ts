import type { Dossier } from '../../contract/dossier.ts'
import type { LagSample } from '../../contract/evidence.ts'
import type { ForcedLoss } from '../../contract/pair-messages.ts'
import type { WatchState } from '../../contract/watch.ts'
import { unpackSample } from './packed-sample.ts'
import { mirroredOffsets, nextToMirror } from '../certificate/mirrored-to.ts'
import { behindMissing, missingOffsets } from './missing.ts'
import { behindEmpty, restsByPlace } from './rests.ts'

const unknown: ForcedLoss = { records: null, seconds: null, asOf: null, uncertaintySeconds: null }

/**
 * What a forced failover would lose now, at most: what was not mirrored when the source was last seen, by the position or by the
 * copy, whichever is further, and what the copies lack. An unprotected pair loses everything written since then, which nobody
 * counts. `now` is ISO 8601.
 */
export function forcedLoss(dossier: Dossier, watch: WatchState | null, now: string): ForcedLoss {
  const { protectedBy, unprotectedSince, active, lastSample } = dossier
  if (protectedBy === null || protectedBy.from !== active) {
    return { ...unknown, seconds: unprotectedSince === null ? null : elapsed(unprotectedSince, now) }
  }
  if (lastSample === null) return unknown
  const sample = unpackSample(lastSample)
  // Ends that were never seen are not ends without records.
  if (sample.ends.length === 0) return unknown
  const asOf = sample.sourceSeenAt ?? sample.at
  const notMirrored = notMirroredOffsets(sample)
  // While the source answers, what has no end does not exist; once it is dark, link and copies may have gone further.
  const uncounted = !sample.sourceReachable && unseenPlaces(sample.ends, placesOf(sample)).length > 0
  const missing = missingOffsets(sample.missing ?? [], sample.ends)
  return {
    records: uncounted ? null : notMirrored + missing,
    seconds: uncounted || missing > 0 ? null : secondsBehind(notMirrored, watch, asOf),
    asOf,
    uncertaintySeconds: elapsed(asOf, now),
    ...(missing === 0 ? {} : { missing }),
    ...(watch?.memory.reread === undefined ? {} : { reread: watch.memory.reread }),
  }
}

/** Offsets that may hold records which are not on the target: as many records, at most. */
export function notMirroredOffsets(sample: LagSample, topics?: readonly string[]): number {
  const rests = restsByPlace(sample.rests)
  return sample.ends
    .filter(({ topic }) => topics?.includes(topic) ?? true)
    .flatMap(({ topic, partitions }) => {
      const positions = mirroredOffsets(sample.mirroredTo, topic)
      const reached = reachedOffsets(sample, topic)
      return partitions.map(([partition, start, end]) => {
        const next = nextToMirror(furthest(positions.get(partition), reached.get(partition)), start)
        const from = behindMissing(next, sample.missing, topic, partition)
        return Math.max(0, end - behindEmpty(from, rests.get(`${topic}/${partition}`)))
      })
    })
    .reduce((sum, lag) => sum + lag, 0)
}

/** Partitions that something tells of: a position, a copy, the source itself. */
export type KnownPlaces = { readonly topic: string; readonly partitions: readonly number[] }

/**
 * Where nobody knows how much the source holds, as "topic" or "topic/partition": of `topics`, those whose ends were never seen,
 * and partitions of `known` that had no end when the source was last seen.
 */
export function unseenPlaces(
  ends: LagSample['ends'],
  known: readonly KnownPlaces[],
  topics: readonly string[] = [],
): string[] {
  const seen = new Map(ends.map(({ topic, partitions }) => [topic, new Set(partitions.map(([number]) => number))]))
  const places = known
    .filter(({ topic }) => topics.length === 0 || topics.includes(topic))
    .flatMap(({ topic, partitions }) =>
      partitions.flatMap((partition) => (seen.get(topic)?.has(partition) === false ? [`${topic}/${partition}`] : [])),
    )
  return [...topics.filter((topic) => !seen.has(topic)), ...new Set(places)]
}

/** Of a link and its copies. */
export function placesOf({ mirroredTo, copies = [] }: Pick<LagSample, 'mirroredTo' | 'copies'>): KnownPlaces[] {
  return [
    ...mirroredTo.map(({ topic, offsets }) => ({ topic, partitions: offsets.map(([partition]) => partition) })),
    ...copies.map(({ topic, rows }) => ({ topic, partitions: rows.map(([partition]) => partition) })),
  ]
}

/** How far the copies of one topic reached when they were last seen. */
export function reachedOffsets({ copies }: Pick<LagSample, 'copies'>, topic: string): Map<number, number> {
  const rows = copies?.find((copy) => copy.topic === topic)?.rows ?? []
  return new Map(rows.flatMap(([partition, , reached]) => (reached < 0 ? [] : [[partition, reached] as const])))
}

export function furthest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b)
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
