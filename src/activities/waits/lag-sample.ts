import type { LagSample } from '../../contract/evidence.ts'
import type { LagPoint } from '../../contract/watch.ts'
import { nextToMirror, offsetsOnly } from '../../domain/certificate/mirrored-to.ts'
import { identitiesAfter } from '../../domain/assess/topic-identity.ts'
import { behindEmpty, restsAfter, restsByPlace } from '../../domain/watch/rests.ts'
import type { WatchedWorld } from './watched-world.ts'

/** Topics named in a point. */
const worstNamed = 10

/**
 * What did not answer keeps its last good numbers, with the time they are from. What the copies lack is told by `watchCopies`,
 * and what is scanned now by `withScans`.
 */
export function sampleOf(world: WatchedWorld, before: LagSample | null): LagSample {
  const { at, ends, mirroredTo, linkAnswers, groups } = world
  const seenAt = ends ? undefined : (before?.sourceSeenAt ?? (before?.sourceReachable ? before.at : undefined))
  return {
    at,
    sourceReachable: ends !== null,
    linkReachable: linkAnswers,
    totalLag: null,
    ...(seenAt === undefined ? {} : { sourceSeenAt: seenAt }),
    ends: ends?.map(({ topic, partitions }) => ({ topic, partitions })) ?? before?.ends ?? [],
    mirroredTo: mirroredTo ? offsetsOnly(mirroredTo) : (before?.mirroredTo ?? []),
    ...identitiesAfter(before, ends, mirroredTo),
    groups: groups ?? before?.groups ?? [],
    ...known('rests', restsAfter(before, ends, mirroredTo)),
    ...known('copies', before?.copies ?? []),
    ...known('missing', before?.missing ?? []),
  }
}

/** The sample with what was found of rests and copies, and the lag that is left then. */
export function sampleWith(
  sample: LagSample,
  { ends, mirroredTo }: WatchedWorld,
  { rests, copies, missing }: Required<Pick<LagSample, 'rests' | 'copies' | 'missing'>>,
): LagSample {
  const { rests: _rests, copies: _copies, missing: _missing, ...rest } = sample
  return {
    ...rest,
    // Of a position that nobody can tell the lag is unknown, and of a part of them it is not the whole.
    totalLag:
      ends && mirroredTo && !mirroredTo.some(({ incomparable }) => incomparable?.length)
        ? sum(topicLags(ends, mirroredTo, rests).map(([, lag]) => lag))
        : null,
    ...known('rests', rests),
    ...known('copies', copies),
    ...known('missing', missing),
  }
}

function known<Name extends 'rests' | 'copies' | 'missing', Value>(
  name: Name,
  list: Value[],
): { [N in Name]?: Value[] } {
  return list.length === 0 ? {} : ({ [name]: list } as { [N in Name]?: Value[] })
}

/** The look as a point of the pair's day. */
export function pointOf({ at, ends, mirroredTo, linkAnswers }: WatchedWorld, { totalLag, rests }: LagSample): LagPoint {
  const lags = ends && mirroredTo ? topicLags(ends, mirroredTo, rests) : []
  return {
    at,
    lag: totalLag,
    ends: ends && sum(ends.flatMap(({ partitions }) => partitions.map(([, , end]) => end))),
    mirrored: ends && mirroredTo && mirroredSum(ends, mirroredTo),
    sourceReachable: ends !== null,
    linkReachable: linkAnswers,
    worst: lags
      .filter(([, lag]) => lag > 0)
      .sort(([, a], [, b]) => b - a)
      .slice(0, worstNamed),
  }
}

type Ends = LagSample['ends']
type Mirrored = LagSample['mirroredTo']

/** Offsets behind the positions, without those that a scan found to hold no record. */
function topicLags(ends: Ends, mirroredTo: Mirrored, rests: LagSample['rests']): [topic: string, lag: number][] {
  const byPlace = restsByPlace(rests)
  const byTopic = new Map(mirroredTo.map(({ topic, offsets }) => [topic, new Map(offsets)]))
  return ends.map(({ topic, partitions }) => {
    const offsets = byTopic.get(topic)
    return [
      topic,
      sum(
        partitions.map(([partition, logStart, highWatermark]) => {
          const next = nextToMirror(offsets?.get(partition), logStart)
          return Math.max(0, highWatermark - behindEmpty(next, byPlace.get(`${topic}/${partition}`)))
        }),
      ),
    ]
  })
}

/** Where mirroring goes on, over all partitions: at the ends it equals their sum. */
function mirroredSum(ends: Ends, mirroredTo: Mirrored): number {
  const byTopic = new Map(mirroredTo.map(({ topic, offsets }) => [topic, new Map(offsets)]))
  return sum(
    ends.flatMap(({ topic, partitions }) =>
      partitions.map(([partition, start]) => nextToMirror(byTopic.get(topic)?.get(partition), start)),
    ),
  )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
