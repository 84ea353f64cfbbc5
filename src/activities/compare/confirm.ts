import type { LinkRef } from '../../contract/activities.ts'
import type { CopyDifference } from '../../contract/compare.ts'
import { rangesOf } from '../../domain/compare/differences.ts'
import type { BlockOutcome } from '../../domain/compare/block.ts'
import { idsOf } from '../../domain/compare/compared-up-to.ts'
import { settledRanges } from '../../domain/positions/settled.ts'
import type { ActivityDeps } from '../deps.ts'
import { createPairDoor } from '../pair-door.ts'
import { type Logs, startOf } from './logs.ts'
import type { SeenTopic } from './sight.ts'

/**
 * What was not met in a copy, as differences: none where it is known why. Both topics are still the same ones; what the source has
 * removed meanwhile does not count; records that were settled are skipped on purpose, and so is what lies before the beginning of
 * a link that begins with new records only. Null: it could not be told.
 */
export async function confirmed(
  deps: ActivityDeps,
  link: LinkRef,
  { seen, partition, logs, at }: { seen: SeenTopic; partition: number; logs: Logs; at: number },
  { missing, prefix }: BlockOutcome,
): Promise<CopyDifference[] | null> {
  const { topic, copy, ids } = seen
  const [sources, copies] = await Promise.all([
    logs.source.describeTopics([topic], logs.signal),
    logs.copy.describeTopics([copy], logs.signal),
  ])
  if (idsOf(sources[0]?.topicId ?? '', copies[0]?.topicId ?? null) !== ids) return null
  if (prefix && (await beginsWithNew(deps, link, logs.signal))) return []
  const [start, settled] = await Promise.all([startOf(logs, 'source'), settledOf(deps, link, topic, partition)])
  if (settled === null) return null
  const left = missing.filter(
    (offset) => offset >= start && !settled.some(({ from, to }) => from <= offset && offset < to),
  )
  return rangesOf({ topic, copy, partition, at }, left)
}

/** As the link's consumer is set: it then has copied nothing older than itself. */
async function beginsWithNew(deps: ActivityDeps, { pair, from, to }: LinkRef, signal: AbortSignal): Promise<boolean> {
  const { settings = {} } = await deps.ports.mirroring(pair, from, to).describe(signal)
  return ['source.source.consumer.auto.offset.reset', 'source.consumer.auto.offset.reset'].some(
    (key) => settings[key]?.toLowerCase() === 'latest',
  )
}

/** Null: the pair does not answer. */
async function settledOf(deps: ActivityDeps, { pair, from }: LinkRef, topic: string, partition: number) {
  try {
    const dossier = await createPairDoor(deps.client).dossier(pair)
    return dossier === undefined ? [] : settledRanges(dossier, from, topic, partition)
  } catch {
    return null
  }
}
