import type { LinkRef } from '../../contract/activities.ts'
import type { Incomparable } from '../../contract/compare.ts'
import type { CopyMatch, CopyRow, TopicEnds } from '../../contract/evidence.ts'
import { idsOf } from '../../domain/compare/compared-up-to.ts'
import type { ActivityDeps } from '../deps.ts'
import { lookAtBoth } from '../evidence/copies.ts'

/** One partition: what of the source is in the copy, and where in the copy to begin. */
export interface SeenPartition {
  partition: number
  /** Source offsets [start, top) that the copy must hold, as far as it still holds any. */
  start: number
  top: number
  /** Offsets of the copy. */
  copyStart: number
  copyEnd: number
  /** Null: it can be compared. */
  why: Incomparable | null
}

export interface SeenTopic {
  topic: string
  copy: string
  ids: string
  partitions: SeenPartition[]
}

/**
 * What of these topics can be compared now. The copy is read first: whatever its last record is, everything before that record on
 * the source must be in the copy. Of the source only what is decided counts.
 */
export async function lookAtContent(
  deps: ActivityDeps,
  link: LinkRef,
  topics: string[],
  signal: AbortSignal,
): Promise<SeenTopic[]> {
  const [source, target] = [deps.ports.cluster(link.from), deps.ports.cluster(link.to)]
  const { copies, ends } = await lookAtBoth(deps, { ...link, topics }, signal)
  const present = copies.flatMap(({ copy, copyId }) => (copyId === null ? [] : [copy]))
  const [compactedSources, compactedCopies] = await Promise.all([
    source.compacted(topics, signal),
    present.length === 0 ? Promise.resolve<string[]>([]) : target.compacted(present, signal),
  ])
  return copies.flatMap(({ topic, copy, copyId, rows }): SeenTopic[] => {
    const found = ends.find((entry) => entry.topic === topic)
    if (found === undefined) return []
    const compacted = compactedSources.includes(topic) || compactedCopies.includes(copy)
    return [
      {
        topic,
        copy,
        ids: idsOf(found.topicId, copyId),
        partitions: found.partitions.map((row) => seenOf(row, rows, compacted)),
      },
    ]
  })
}

function seenOf(
  [partition, start, , stable]: TopicEnds['partitions'][number],
  rows: readonly CopyRow[],
  compacted: boolean,
): SeenPartition {
  const row = rows.find(([number]) => number === partition)
  if (row === undefined) return { partition, start, top: start, copyStart: 0, copyEnd: 0, why: 'absent' }
  const [, copyStart, , last, reached, match] = row
  const nothing = match === 'empty' && start === stable
  return {
    partition,
    start,
    top: match === 'found' ? Math.max(start, Math.min(reached + 1, stable)) : start,
    copyStart,
    copyEnd: last + 1,
    why: nothing ? null : compacted && match !== 'absent' ? 'compacted' : whyNot(match),
  }
}

function whyNot(match: CopyMatch): Incomparable | null {
  return match === 'found' ? null : match
}
