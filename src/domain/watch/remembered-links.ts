import type { Dossier, RememberedLink } from '../../contract/dossier.ts'
import type { LagSample, PackedSample } from '../../contract/evidence.ts'
import { packSample, unpackSample } from './packed-sample.ts'

/** Links kept: both directions of a pair, and of one replacement. */
const keptLinks = 4

/** One for each link, the newest last. */
export function withRemembered(known: readonly RememberedLink[] | undefined, one: RememberedLink): RememberedLink[] {
  const others = (known ?? []).filter(({ from, to }) => from !== one.from || to !== one.to)
  return [...others, one].slice(-keptLinks)
}

/** What its topics and copies are known by: neither ends, which would be taken for those of now, nor groups. */
export function identityOf(sample: PackedSample): PackedSample {
  const { at, mirroredTo, topicIds, stalePositions, copies, rests, missing, lost } = unpackSample(sample)
  const whole: LagSample = {
    at,
    sourceReachable: false,
    linkReachable: false,
    totalLag: null,
    ends: [],
    mirroredTo,
    groups: [],
    ...(topicIds === undefined ? {} : { topicIds }),
    ...(stalePositions === undefined ? {} : { stalePositions }),
    ...(copies === undefined ? {} : { copies }),
    ...(rests === undefined ? {} : { rests }),
    ...(missing === undefined ? {} : { missing }),
    ...(lost === undefined ? {} : { lost }),
  }
  return packSample(whole)
}

/** The newest that is known of a link: by the sample, where it is the one that is watched. */
export function sampleOfLink(
  { lastSample, remembered, active, standby }: Pick<Dossier, 'lastSample' | 'remembered' | 'active' | 'standby'>,
  { from, to }: { from: string; to: string },
): PackedSample | null {
  if (from === active && to === standby && lastSample !== null) return lastSample
  return remembered?.find((link) => link.from === from && link.to === to)?.sample ?? null
}
