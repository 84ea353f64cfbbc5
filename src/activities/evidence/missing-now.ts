import { ApplicationFailure } from '@temporalio/common'
import type { LinkRef } from '../../contract/activities.ts'
import type { Settlement } from '../../contract/dossier.ts'
import type { LagSample, MirroredTo, MissingCopies, TopicEnds } from '../../contract/evidence.ts'
import { mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { isMirrored, remoteName } from '../../domain/names/naming.ts'
import { identitiesAfter } from '../../domain/assess/topic-identity.ts'
import { settledOffsets } from '../../domain/positions/settled.ts'
import { withoutFound } from '../../domain/watch/found-again.ts'
import { missingAfter } from '../../domain/watch/missing.ts'
import { type SeenCopy, copiesSeen, seenCopies } from '../../domain/watch/remembered-copies.ts'
import { settledPlaces } from '../../domain/watch/settled-places.ts'
import { keepsPositions, namingOf } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { lookAtCopies } from './copies.ts'
import { divergedSources } from './diverged.ts'
import { foundAgain } from './found-again.ts'
import { nothingBetween } from './nothing-between.ts'

/**
 * Copies as they are now: placed on the source where that answers; else their ids and ends alone. Null: the target does not
 * answer. `sourceAnswers` false: a source that is known not to answer is not waited for again.
 */
export async function copiesNow(
  deps: ActivityDeps,
  { pair, from, to, topics, sourceAnswers }: LinkRef & { topics: string[]; sourceAnswers?: boolean },
  signal: AbortSignal,
): Promise<SeenCopy[] | null> {
  try {
    if (sourceAnswers !== false) return seenCopies(await lookAtCopies(deps, { pair, from, to, topics }, signal))
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error
  }
  const naming = namingOf(deps.config(), pair)
  const mirrored = topics
    .filter((topic) => isMirrored(naming, from, topic))
    .map((topic) => ({ topic, copy: remoteName(naming, from, topic) }))
  try {
    const names = mirrored.map(({ copy }) => copy)
    return copiesSeen(mirrored, await deps.ports.cluster(to).ends(names, signal), [])
  } catch (error) {
    if (error instanceof ApplicationFailure) return null
    throw error
  }
}

/**
 * What the copies of a link lack now although its position is behind it, by what the pair remembers and by what both sides show.
 * Positions are read first, then the copies, then the source's ends. `still`: the link does not run, so that a position
 * at or beyond an end is one of another log for certain.
 */
export async function missingNow(
  deps: ActivityDeps,
  link: LinkRef,
  seen: {
    at: string
    sample: LagSample | null
    mirroredTo: { topic: string; offsets: MirroredTo[] }[]
    copies: SeenCopy[] | null
    ends: TopicEnds[]
    settlements: readonly Settlement[]
    still: boolean
  },
  signal: AbortSignal,
): Promise<MissingCopies[]> {
  const { from } = link
  const { at, sample, mirroredTo, copies, ends, settlements, still } = seen
  const { stalePositions } = identitiesAfter(sample, ends, mirroredTo)
  const before = still ? asBefore(sample, ends, mirroredTo) : sample
  const byCopies = keepsPositions(deps.config(), link)
  const clusters = { source: deps.ports.cluster(from), target: deps.ports.cluster(link.to) }
  const naming = namingOf(deps.config(), link.pair)
  const settledOf = (topics: string[]) => settledOffsets({ settlements: [...settlements] }, from, topics)
  const diverged = await divergedSources(
    clusters,
    { ends, mirroredTo, copies: copies ?? [], before: sample, naming, from, settled: settledOf(topicsOf(ends)) },
    signal,
  )
  const look = { at, ends, mirroredTo, copies, stalePositions, byCopies, diverged }
  const first = missingAfter(before, { ...look, nothingBetween: new Set() })
  const excused = new Set([
    ...settledPlaces(first, settlements, from),
    ...(await nothingBetween(clusters.source, first, ends, signal)),
  ])
  const missing = excused.size === 0 ? first : missingAfter(before, { ...look, nothingBetween: excused })
  const found = await foundAgain(
    clusters,
    { missing, ends, naming, from, settled: settledOf(topicsOf(missing)) },
    new Map(),
    signal,
  )
  return withoutFound(missing, found)
}

function topicsOf(missing: readonly { topic: string }[]): string[] {
  return [...new Set(missing.map(({ topic }) => topic))]
}

/** A position that does not move was read before the ends, whatever else is remembered. */
function asBefore(
  sample: LagSample | null,
  ends: readonly TopicEnds[],
  mirroredTo: readonly { topic: string; offsets: MirroredTo[] }[],
): Pick<LagSample, 'missing' | 'copies' | 'mirroredTo' | 'ends' | 'topicIds'> {
  const known = new Map(sample?.topicIds?.map((entry) => [entry.topic, entry]))
  return {
    ...sample,
    ends: sample?.ends ?? [],
    topicIds: ends.map(({ topic, topicId }) => known.get(topic) ?? { topic, topicId }),
    mirroredTo: mirroredTo.map(({ topic, offsets }) => {
      const then = mirroredOffsets(sample?.mirroredTo ?? [], topic)
      return {
        topic,
        offsets: offsets.map(([partition, now]): MirroredTo => [partition, Math.max(now, then.get(partition) ?? now)]),
      }
    }),
  }
}
