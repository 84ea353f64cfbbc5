import { ApplicationFailure } from '@temporalio/common'
import type { WatchMemory } from '../../contract/watch.ts'
import { nextToMirror } from '../../domain/certificate.ts'
import type { WatchLook } from '../../domain/watch/look.ts'
import { stalled } from '../../domain/watch/rules/stall.ts'
import { scanned, somethingThere } from '../../domain/watch/tracks.ts'
import { isConfigurationFault } from '../faults.ts'
import type { ActivityDeps } from '../deps.ts'

/** A longer rest is a backlog, whatever it is made of; more partitions at once wait for the next look. */
const longestRest = 2_000
const scansOfALook = 20

/**
 * What stands still may have nothing left to mirror: transaction markers and records of aborted transactions are never
 * mirrored. The rest of a partition is read once before it counts as a stall; the track remembers up to where.
 */
export async function withoutMarkersOnly(
  deps: ActivityDeps,
  look: WatchLook,
  tracks: WatchMemory['tracks'],
  signal: AbortSignal,
): Promise<WatchMemory['tracks']> {
  const suspects = stalled(look, { findings: [], tracks, settings: null })
    .filter(({ lag, track }) => lag <= longestRest && track[5] !== somethingThere)
    .slice(0, scansOfALook)
  let after = tracks
  for (const { topic, partition, start, stable, mirroredTo } of suspects) {
    const from = nextToMirror(mirroredTo === -1 ? undefined : mirroredTo, start)
    try {
      const { records, complete } = await deps.ports.cluster(look.from).scan(topic, partition, from, stable, signal)
      if (complete) after = scanned(after, topic, partition, records === 0 ? stable : somethingThere)
    } catch (error) {
      // What cannot be read is taken for a backlog, and looked at again.
      if (!(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
      return after
    }
  }
  return after
}
