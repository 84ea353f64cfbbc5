import { backendOf } from '../../backends/chosen.ts'
import type { PositionCheck, ReadActivities } from '../../contract/activities.ts'
import { unpackSample } from '../../domain/watch/packed-sample.ts'
import { positionChanges } from '../../domain/positions/changes.ts'
import { missingOffsets } from '../../domain/watch/missing.ts'
import { missingText, missingTodo } from '../../domain/watch/missing-text.ts'
import { findLink, keepsPositions, pairConfig } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { copiesNow, missingNow } from '../evidence/missing-now.ts'

type Input = Parameters<ReadActivities['checkPositions']>[0]

/** Positions first, then the copies, then the source's ends: what comes in between is missing nowhere. */
export async function checkPositions(deps: ActivityDeps, input: Input, signal: AbortSignal): Promise<PositionCheck> {
  const { pair, from, to, topics, settlements, running } = input
  const link = { pair, from, to }
  const mirroredTo = await deps.ports.mirroring(pair, from, to).mirroredTo(topics, signal)
  const sample = input.sample && unpackSample(input.sample)
  const copies = await copiesNow(deps, { ...link, topics }, signal)
  const ends = await deps.ports.cluster(from).ends(topics, signal)
  const missing = await missingNow(
    deps,
    link,
    { at: timestamp(deps), sample, mirroredTo, copies, ends, settlements, still: !running },
    signal,
  )
  const connector = connectorOf(deps, input)
  return {
    changes: positionChanges(missing, ends),
    text: missing.length === 0 ? '' : missingText(missing, link),
    todo:
      missing.length === 0
        ? ''
        : missingTodo(missing, { ...link, kept: keepsPositions(deps.config(), link) }, connector),
    partitions: missing.reduce((sum, { rows }) => sum + rows.length, 0),
    offsets: missingOffsets(missing, ends),
  }
}

/** The source connector's name, where the link has one: the last that is stopped. */
function connectorOf(deps: ActivityDeps, { pair, from, to }: Input): string | undefined {
  const link = findLink(pairConfig(deps.config(), pair), from, to)
  return link && backendOf(link).stops(link).connectors.at(-1)
}
