import type { RestRow } from '../../contract/evidence.ts'
import type { PartitionTrack, TrackAnchor, WatchMemory } from '../../contract/watch.ts'
import { mirroredOffsets, nextToMirror } from '../certificate/mirrored-to.ts'
import { grouped } from '../text/grouped.ts'
import { type WatchLook, secondsOf } from './look.ts'
import { behindEmpty, restsByPlace } from './rests.ts'

/** So many partitions are followed; those that stand still longest first, then those that lag most. About 18 KB. */
export const followed = 200

type Tracks = WatchMemory['tracks']

/** A partition that is followed, as this look and the track tell. */
export interface Standing {
  readonly topic: string
  readonly partition: number
  readonly start: number
  readonly end: number
  /** Nothing behind it can be counted on: a transaction is open there. */
  readonly stable: number
  /** -1: never mirrored. */
  readonly mirroredTo: number
  /** Offsets behind what is known to hold no record. */
  readonly lag: number
  /** What a scan found behind the position. */
  readonly rest: RestRow | undefined
  readonly track: PartitionTrack
}

/**
 * The tracks after a look. Only partitions that lag, or lost what they waited for, are followed: others cannot stop advancing,
 * and what is known to hold markers only takes no place. A look that saw only one side changes nothing.
 */
export function tracksAfter(before: Tracks, look: WatchLook): Tracks {
  const { ends, mirroredTo, at, windows } = look
  if (ends === null || mirroredTo === null) return before
  const now = secondsOf(at)
  const known = index(before)
  const followable = lagging(look).map((one) => ({
    ...one,
    track: follow(known.get(`${one.topic}/${one.partition}`), one, now, windows.retention),
  }))
  followable.sort((a, b) => a.track[2] - b.track[2] || b.lag - a.lag)
  return byTopic(followable.slice(0, followed))
}

/** The followed partitions that have something left, with what this look shows of them; those known to be empty are left out. */
export function standing({ tracks }: WatchMemory, look: WatchLook): Standing[] {
  const known = index(tracks)
  return lagging(look).flatMap((one) => {
    const track = known.get(`${one.topic}/${one.partition}`)
    return track === undefined ? [] : [{ ...one, track }]
  })
}

function lagging({ ends, mirroredTo, rests }: WatchLook): Omit<Standing, 'track'>[] {
  if (ends === null || mirroredTo === null) return []
  const byTopic = new Map(mirroredTo.map((entry) => [entry.topic, entry]))
  const byPlace = restsByPlace(rests)
  return ends.flatMap(({ topic, partitions }) => {
    const entry = byTopic.get(topic)
    const offsets = mirroredOffsets(entry ? [entry] : [], topic)
    return partitions.flatMap(([partition, start, end, stable]) => {
      // Nobody can tell how far it is: that it stands is not known either.
      if (entry?.incomparable?.includes(partition)) return []
      const reached = offsets.get(partition)
      const rest = byPlace.get(`${topic}/${partition}`)
      const lag = end - behindEmpty(nextToMirror(reached, start), rest)
      // Behind the start of the log: what it waited for was removed, though nothing may be left to mirror.
      return lag > 0 || (reached !== undefined && start > behindEmpty(reached + 1, rest))
        ? [{ topic, partition, start, end, stable, mirroredTo: reached ?? -1, lag: Math.max(0, lag), rest }]
        : []
    })
  })
}

function follow(
  before: PartitionTrack | undefined,
  { partition, start, mirroredTo }: { partition: number; start: number; mirroredTo: number },
  now: number,
  window: number,
): PartitionTrack {
  const here: TrackAnchor = [now, start, mirroredTo]
  if (before === undefined) return [partition, mirroredTo, now, here, here]
  const [, reached, movedAt, older, newer] = before
  const renewed = now - newer[0] >= window / 2
  return [
    partition,
    mirroredTo,
    reached === mirroredTo ? movedAt : now,
    renewed ? newer : older,
    renewed ? here : newer,
  ]
}

function index(tracks: Tracks): Map<string, PartitionTrack> {
  return new Map(tracks.flatMap(({ topic, rows }) => rows.map((row) => [`${topic}/${row[0]}`, row])))
}

function byTopic(list: readonly { topic: string; track: PartitionTrack }[]): Tracks {
  const topics = grouped(
    list,
    ({ topic }) => topic,
    ({ track }) => track,
  )
  return [...topics].map(([topic, rows]) => ({ topic, rows }))
}
