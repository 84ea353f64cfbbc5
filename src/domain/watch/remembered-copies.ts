import type { CopyEvidence, CopyMatch, RememberedCopy, RememberedCopyRow, TopicEnds } from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../certificate/mirrored-to.ts'

/** A copy as one look shows it. */
export interface SeenCopy {
  /** On the source. */
  readonly topic: string
  /** Null: there is none. */
  readonly copyId: string | null
  readonly rows: readonly SeenCopyRow[]
}

export interface SeenCopyRow {
  readonly partition: number
  readonly end: number
  /** Offset on the source of its last record, where that was found. */
  readonly reached?: number
  /** Its last record was looked for on the source, and is not there. */
  readonly unplaced?: true
  /** Where it begins, of a copy whose records can be compared with the source. */
  readonly start?: number
}

/** Copies that stamp records anew, or that cannot be read, are alike no record of the source. */
export const comparable: ReadonlySet<CopyMatch> = new Set<CopyMatch>(['found', 'not-found', 'empty'])

export function seenCopies(evidence: readonly CopyEvidence[]): SeenCopy[] {
  return evidence.map(({ topic, copyId, rows }) => ({
    topic,
    copyId,
    rows: rows.map(([partition, start, end, , reached, match]) => ({
      partition,
      end,
      ...(comparable.has(match) ? { start } : {}),
      ...(match === 'found' ? { reached } : {}),
      ...(match === 'not-found' ? { unplaced: true as const } : {}),
    })),
  }))
}

/** All copies by their ends, of which some were placed on the source as well. A copy that `ends` does not name is none. */
export function copiesSeen(
  topics: readonly { readonly topic: string; readonly copy: string }[],
  ends: readonly TopicEnds[],
  placed: readonly SeenCopy[],
): SeenCopy[] {
  const byName = new Map(ends.map((entry) => [entry.topic, entry]))
  const byTopic = new Map(placed.map((entry) => [entry.topic, entry]))
  return topics.map(({ topic, copy }) => {
    const found = byTopic.get(topic)
    if (found !== undefined) return found
    const entry = byName.get(copy)
    return {
      topic,
      copyId: entry?.topicId ?? null,
      rows: entry?.partitions.map(([partition, , end]) => ({ partition, end })) ?? [],
    }
  })
}

/**
 * Copies to be placed on the source now: those never placed, then those that grew most since, up to so many partitions. Whatever
 * waits grows, so that each has its turn.
 */
export function copiesToPlace(
  known: readonly RememberedCopy[] | undefined,
  seen: readonly SeenCopy[],
  mostPartitions: number,
): string[] {
  const before = new Map(known?.map((copy) => [copy.topic, copy]))
  const waiting = seen
    .filter(({ copyId }) => copyId !== null)
    .map(({ topic, copyId, rows }) => {
      const remembered = before.get(topic)
      if (remembered === undefined || remembered.copyId !== copyId) return { topic, grown: Infinity, size: rows.length }
      const ends = new Map(remembered.rows.map((row) => [row[0], row]))
      const grown = rows.map(({ partition, end }) => {
        const row = ends.get(partition)
        return row === undefined || (row[2] < 0 && end > 0) ? Infinity : Math.abs(end - row[1])
      })
      return { topic, grown: Math.max(0, ...grown), size: rows.length }
    })
    .filter(({ grown }) => grown > 0)
    .sort((a, b) => (a.grown === b.grown ? 0 : b.grown - a.grown))
  const chosen: string[] = []
  let partitions = 0
  for (const { topic, size } of waiting) {
    if (chosen.length > 0 && partitions + size > mostPartitions) break
    chosen.push(topic)
    partitions += size
  }
  return chosen
}

/**
 * What is remembered after a look. The furthest place of a copy counts, as long as it is the same and no shorter: a link that
 * starts again copies some records twice. A copy that is gone stays remembered, so that another one is known as another.
 * `nothingBetween`: there the position itself counts, since no record lies between. Ends of copies that were not placed stay as
 * they were when they were.
 */
export function copiesAfter(
  before: readonly RememberedCopy[] | undefined,
  seen: readonly SeenCopy[] | null,
  {
    mirroredTo,
    nothingBetween,
  }: { mirroredTo: readonly TopicMirroredTo[] | null; nothingBetween: ReadonlySet<string> },
): RememberedCopy[] {
  const known = new Map(before?.map((copy) => [copy.topic, copy]))
  for (const { topic, copyId, rows } of seen ?? []) {
    if (copyId === null) continue
    const remembered = known.get(topic)
    const same =
      remembered?.copyId === copyId
        ? new Map(remembered.rows.map((row) => [row[0], row]))
        : new Map<number, RememberedCopyRow>()
    const positions = mirroredOffsets(mirroredTo ?? [], topic)
    known.set(topic, {
      topic,
      copyId,
      rows: rows.map(({ partition, end, reached }): RememberedCopyRow => {
        const row = same.get(partition)
        const accepted = nothingBetween.has(`${topic}/${partition}`) ? (positions.get(partition) ?? -1) : -1
        if (row === undefined || end < row[1]) return [partition, end, Math.max(reached ?? -1, accepted)]
        if (reached === undefined) return [partition, row[1], Math.max(row[2], accepted)]
        return [partition, end, Math.max(row[2], reached, accepted)]
      }),
    })
  }
  return [...known.values()]
}
