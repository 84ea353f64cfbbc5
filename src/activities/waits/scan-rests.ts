import { ApplicationFailure } from '@temporalio/common'
import type { LagSample, TopicRests } from '../../contract/evidence.ts'
import type { WatchMemory } from '../../contract/watch.ts'
import { mirroredOffsets, nextToMirror } from '../../domain/certificate/mirrored-to.ts'
import type { WatchLook } from '../../domain/watch/look.ts'
import { type RestOf, behindEmpty, withRests } from '../../domain/watch/rests.ts'
import { stalled } from '../../domain/watch/rules/stall.ts'
import { type Standing, standing } from '../../domain/watch/tracks.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { isConfigurationFault } from '../faults.ts'

/** Offsets of one scan: of a longer rest only so many are read, which tells whether it holds records. */
const longestScan = 2_000
/** Partitions of one look; the others wait for the next. */
const scansOfALook = 40
const scansAtOnce = 4

/**
 * What does not advance may have nothing left to mirror: transaction markers and records of aborted transactions are never
 * mirrored. The rest of a partition is read once: when it has stalled, or when neither its end nor its position has moved since
 * the last look, so that it is known before retention removes it.
 */
export async function scanRests(
  deps: ActivityDeps,
  look: WatchLook,
  memory: WatchMemory,
  before: LagSample | null,
  signal: AbortSignal,
): Promise<TopicRests[]> {
  const idle = idlePlaces(look, before)
  const suspects = [
    ...stalled(look, memory),
    ...standing(memory, look).filter(({ topic, partition }) => idle.has(`${topic}/${partition}`)),
  ].filter(isUnread)
  const places = new Map(suspects.map((one) => [`${one.topic}/${one.partition}`, one]))
  const found = await eachOf([...places.values()].slice(0, scansOfALook), scansAtOnce, (one) =>
    scanRest(deps, look.from, one, signal),
  )
  return withRests(look.rests, found.flat())
}

/** What a scan found to hold records is not read again before the position moves. */
function isUnread({ rest, lag, stable, start, mirroredTo }: Standing): boolean {
  if (lag <= 0 || (rest !== undefined && rest[3] > 0)) return false
  return behindEmpty(nextToMirror(mirroredTo === -1 ? undefined : mirroredTo, start), rest) < stable
}

async function scanRest(
  deps: ActivityDeps,
  from: string,
  { topic, partition, start, stable, mirroredTo, rest }: Standing,
  signal: AbortSignal,
): Promise<RestOf[]> {
  const first = behindEmpty(nextToMirror(mirroredTo === -1 ? undefined : mirroredTo, start), rest)
  const to = Math.min(stable, first + longestScan)
  try {
    const { records, complete } = await deps.ports.cluster(from).scan(topic, partition, first, to, signal)
    return complete ? [{ topic, partition, from: first, to, records }] : []
  } catch (error) {
    // What cannot be read is taken for a backlog, and checked again.
    if (!(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return []
  }
}

function idlePlaces({ ends, mirroredTo }: WatchLook, before: LagSample | null): Set<string> {
  if (ends === null || mirroredTo === null || before === null) return new Set()
  const endsBefore = new Map(
    before.ends.map(({ topic, partitions }) => [topic, new Map(partitions.map((row) => [row[0], row[2]]))]),
  )
  return new Set(
    ends.flatMap(({ topic, partitions }) => {
      const [then, now] = [mirroredOffsets(before.mirroredTo, topic), mirroredOffsets(mirroredTo, topic)]
      return partitions
        .filter(
          ([partition, , end]) =>
            endsBefore.get(topic)?.get(partition) === end && then.get(partition) === now.get(partition),
        )
        .map(([partition]) => `${topic}/${partition}`)
    }),
  )
}
