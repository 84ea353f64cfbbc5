import { ApplicationFailure } from '@temporalio/common'
import type { WaitActivities } from '../../contract/activities.ts'
import type { ComparedCopies } from '../../contract/compare.ts'
import type { LagSample, MissingCopies, RememberedCopy, TopicEnds } from '../../contract/evidence.ts'
import { isMirrored, remoteName } from '../../domain/names/naming.ts'
import { settledOffsets } from '../../domain/positions/settled.ts'
import { foundByComparison, withoutFound } from '../../domain/watch/found-again.ts'
import { missingAfter } from '../../domain/watch/missing.ts'
import {
  type SeenCopy,
  copiesAfter,
  copiesSeen,
  copiesToPlace,
  seenCopies,
} from '../../domain/watch/remembered-copies.ts'
import { settledPlaces } from '../../domain/watch/settled-places.ts'
import { namingOf } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { type CopyMemory, lookAtCopies } from '../evidence/copies.ts'
import { divergedSources } from '../evidence/diverged.ts'
import { nothingBetween } from '../evidence/nothing-between.ts'
import { type SearchedCopies, foundAgain } from '../evidence/found-again.ts'
import type { WatchedTarget, WatchedWorld } from './watched-world.ts'

type Input = Parameters<WaitActivities['watchLink']>[0]

/** Partitions whose copies are placed on the source in one look at the target. */
const placedOfALook = 120

export interface WatchedCopies {
  copies: RememberedCopy[]
  missing: MissingCopies[]
}

/**
 * The copies after this look, and what they lack. The world was read before: positions, then copies. The ids and ends of all are
 * asked for each time, and the records of some: those that changed.
 */
export async function watchCopies(
  deps: ActivityDeps,
  input: Input,
  seen: {
    world: WatchedWorld
    sample: LagSample
    target: WatchedTarget | null
    before: LagSample | null
    compared: ComparedCopies | undefined
  },
  memory: { placed: CopyMemory; searched: SearchedCopies },
  signal: AbortSignal,
): Promise<WatchedCopies> {
  const { world, sample, target, before, compared } = seen
  const { ends, mirroredTo, at } = world
  const copies = target && (await placed(deps, input, target, before, ends !== null, memory.placed, signal))
  const { from, topics, settlements = [] } = input
  const clusters = { source: deps.ports.cluster(from), target: deps.ports.cluster(input.to) }
  const settled = settledOffsets({ settlements }, from, topics)
  const naming = namingOf(deps.config(), input.pair)
  const diverged =
    copies && ends && mirroredTo
      ? await divergedSources(clusters, { ends, mirroredTo, copies, before, naming, from, settled }, signal)
      : new Map<string, number>()
  const look = {
    at,
    ends,
    mirroredTo,
    copies,
    stalePositions: sample.stalePositions ?? [],
    ...(world.look.byCopies === undefined ? {} : { byCopies: world.look.byCopies }),
    diverged,
  }
  const first = missingAfter(before, { ...look, nothingBetween: new Set() })
  const empty = new Set([
    ...settledPlaces(first, settlements, from),
    ...(ends === null ? [] : await nothingBetween(clusters.source, first, ends, signal)),
  ])
  const missing = empty.size === 0 ? first : missingAfter(before, { ...look, nothingBetween: empty })
  return {
    copies: copiesAfter(before?.copies, copies, { mirroredTo, nothingBetween: empty }),
    missing:
      copies && ends ? await left(deps, input, { missing, ends, copies, compared }, memory.searched, signal) : missing,
  }
}

/** What is still missing: without what a comparison has seen in the copies. */
async function left(
  deps: ActivityDeps,
  { pair, from, to, settlements = [] }: Input,
  seen: {
    missing: MissingCopies[]
    ends: TopicEnds[]
    copies: SeenCopy[]
    compared: ComparedCopies | undefined
  },
  searched: SearchedCopies,
  signal: AbortSignal,
): Promise<MissingCopies[]> {
  const { ends, copies, compared } = seen
  const missing = withoutFound(seen.missing, foundByComparison(seen.missing, compared, ends, copies))
  const topics = [...new Set(missing.map(({ topic }) => topic))]
  const found = await foundAgain(
    { source: deps.ports.cluster(from), target: deps.ports.cluster(to) },
    {
      missing,
      ends,
      naming: namingOf(deps.config(), pair),
      from,
      settled: settledOffsets({ settlements: [...settlements] }, from, topics),
    },
    searched,
    signal,
  )
  return withoutFound(missing, found)
}

async function placed(
  deps: ActivityDeps,
  { pair, from, to, topics }: Input,
  target: WatchedTarget,
  before: LagSample | null,
  sourceAnswers: boolean,
  memory: CopyMemory,
  signal: AbortSignal,
): Promise<SeenCopy[] | null> {
  if (target.copyEnds === null) return null
  const naming = namingOf(deps.config(), pair)
  const mirrored = topics
    .filter((topic) => isMirrored(naming, from, topic))
    .map((topic) => ({ topic, copy: remoteName(naming, from, topic) }))
  const all = copiesSeen(mirrored, target.copyEnds, [])
  if (!sourceAnswers) return all
  const chosen = copiesToPlace(before?.copies, all, placedOfALook)
  try {
    const evidence = await lookAtCopies(deps, { pair, from, to, topics: chosen }, signal, memory)
    return copiesSeen(mirrored, target.copyEnds, seenCopies(evidence))
  } catch (error) {
    if (error instanceof ApplicationFailure) return all
    throw error
  }
}
