import type { LagSample } from '../../contract/evidence.ts'
import type { LagPoint } from '../../contract/watch.ts'
import { nextToMirror, partitionLag } from '../../domain/certificate.ts'
import { identitiesAfter } from '../../domain/topic-identity.ts'
import type { WatchedWorld } from './watched-world.ts'

/** Topics named in a point. */
const worstNamed = 10

/** What did not answer keeps its last good numbers, with the time they are from. */
export function sampleOf(world: WatchedWorld, before: LagSample | null): LagSample {
  const { at, ends, mirroredTo, linkAnswers, groups } = world
  const seenAt = ends ? undefined : (before?.sourceSeenAt ?? (before?.sourceReachable ? before.at : undefined))
  return {
    at,
    sourceReachable: ends !== null,
    linkReachable: linkAnswers,
    totalLag: ends && mirroredTo ? sum(topicLags(ends, mirroredTo).map(([, lag]) => lag)) : null,
    ...(seenAt === undefined ? {} : { sourceSeenAt: seenAt }),
    ends: ends?.map(({ topic, partitions }) => ({ topic, partitions })) ?? before?.ends ?? [],
    mirroredTo: mirroredTo ?? before?.mirroredTo ?? [],
    ...identitiesAfter(before, ends, mirroredTo),
    groups: groups ?? before?.groups ?? [],
  }
}

/** The look as a point of the pair's day. */
export function pointOf({ at, ends, mirroredTo, linkAnswers }: WatchedWorld, { totalLag }: LagSample): LagPoint {
  const lags = ends && mirroredTo ? topicLags(ends, mirroredTo) : []
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

function topicLags(ends: Ends, mirroredTo: Mirrored): [topic: string, lag: number][] {
  const byTopic = new Map(mirroredTo.map(({ topic, offsets }) => [topic, new Map(offsets)]))
  return ends.map(({ topic, partitions }) => {
    const offsets = byTopic.get(topic)
    return [
      topic,
      sum(
        partitions.map(([partition, logStart, highWatermark]) =>
          partitionLag({ highWatermark, mirroredTo: offsets?.get(partition), logStart }),
        ),
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
