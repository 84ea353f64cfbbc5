import type { TopicEnds } from '../../contract/evidence.ts'
import type { PartitionTrack, TrackAnchor, WatchMemory } from '../../contract/watch.ts'
import { type TopicMirroredTo, mirroredOffsets, nextToMirror } from '../certificate.ts'
import { type WatchLook, secondsOf } from './look.ts'

/** So many partitions are followed; those that stand still longest first, then those that lag most. About 18 KB. */
export const followed = 200

type Tracks = WatchMemory['tracks']

/** In a track: the rest was scanned, and is not markers only. */
export const somethingThere = -2

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
  readonly lag: number
  readonly track: PartitionTrack
}

/**
 * The tracks after a look. Only partitions that lag, or lost what they waited for, are followed: others cannot stand still. A
 * look that saw only one side changes nothing.
 */
export function tracksAfter(before: Tracks, look: WatchLook): Tracks {
  const { ends, mirroredTo, at, windows } = look
  if (ends === null || mirroredTo === null) return before
  const now = secondsOf(at)
  const known = index(before)
  const lagging = laggingPartitions(ends, mirroredTo).map((one) => ({
    ...one,
    track: follow(known.get(`${one.topic}/${one.partition}`), one, now, windows.retention),
  }))
  lagging.sort((a, b) => a.track[2] - b.track[2] || b.lag - a.lag)
  return grouped(lagging.slice(0, followed))
}

/** The followed partitions that have something left, with what this look shows of them; those known to be empty are left out. */
export function standing({ tracks }: WatchMemory, { ends, mirroredTo }: WatchLook): Standing[] {
  if (ends === null || mirroredTo === null) return []
  const known = index(tracks)
  return laggingPartitions(ends, mirroredTo).flatMap((one) => {
    const track = known.get(`${one.topic}/${one.partition}`)
    return track === undefined || track[5] >= one.stable ? [] : [{ ...one, track }]
  })
}

/** What a scan of the rest found: see `PartitionTrack`. Markers and aborted records do not count as standing still. */
export function scanned(tracks: Tracks, topic: string, partition: number, upTo: number): Tracks {
  return tracks.map((entry) =>
    entry.topic === topic
      ? {
          topic,
          rows: entry.rows.map((row): PartitionTrack =>
            row[0] === partition ? [row[0], row[1], row[2], row[3], row[4], upTo] : row,
          ),
        }
      : entry,
  )
}

function laggingPartitions(ends: readonly TopicEnds[], mirroredTo: readonly TopicMirroredTo[]) {
  const byTopic = new Map(mirroredTo.map((entry) => [entry.topic, entry]))
  return ends.flatMap(({ topic, partitions }) => {
    const entry = byTopic.get(topic)
    const offsets = mirroredOffsets(entry ? [entry] : [], topic)
    return partitions.flatMap(([partition, start, end, stable]) => {
      const reached = offsets.get(partition)
      const lag = end - nextToMirror(reached, start)
      // Behind the start of the log: what it waited for was removed, though nothing may be left to mirror.
      return lag > 0 || (reached !== undefined && start > reached + 1)
        ? [{ topic, partition, start, end, stable, mirroredTo: reached ?? -1, lag }]
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
  if (before === undefined) return [partition, mirroredTo, now, here, here, -1]
  const [, reached, movedAt, older, newer, emptyUpTo] = before
  const renewed = now - newer[0] >= window / 2
  return [
    partition,
    mirroredTo,
    reached === mirroredTo ? movedAt : now,
    renewed ? newer : older,
    renewed ? here : newer,
    emptyUpTo === somethingThere && reached !== mirroredTo ? -1 : emptyUpTo,
  ]
}

function index(tracks: Tracks): Map<string, PartitionTrack> {
  return new Map(tracks.flatMap(({ topic, rows }) => rows.map((row) => [`${topic}/${row[0]}`, row])))
}

function grouped(list: readonly { topic: string; track: PartitionTrack }[]): Tracks {
  const byTopic = new Map<string, PartitionTrack[]>()
  for (const { topic, track } of list) {
    const rows = byTopic.get(topic) ?? []
    rows.push(track)
    byTopic.set(topic, rows)
  }
  return [...byTopic].map(([topic, rows]) => ({ topic, rows }))
}
