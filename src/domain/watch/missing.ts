import type {
  LagSample,
  MissingCopies,
  MissingReason,
  RememberedCopy,
  StalePosition,
  TopicEnds,
} from '../../contract/evidence.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../certificate/mirrored-to.ts'
import type { SeenCopy } from './remembered-copies.ts'

/** What one look shows of a link. Null: that side did not answer, or was not asked. */
export interface LinkSides {
  readonly at: string
  /** Read after or with the positions. */
  readonly ends: readonly TopicEnds[] | null
  /** Read before the copies. */
  readonly mirroredTo: readonly TopicMirroredTo[] | null
  readonly copies: readonly SeenCopy[] | null
  readonly stalePositions: readonly StalePosition[]
  /** Places, by `topic/partition`, where a scan found no record between what the copy holds and its position. */
  readonly nothingBetween: ReadonlySet<string>
  /** By `topic/partition`, where the log of the source ceases to be the one that was mirrored, although it is longer than that. */
  readonly diverged?: ReadonlyMap<string, number>
  /** Positions are found in the copies themselves: they go back with a copy, and show nothing of what the provider's are. */
  readonly byCopies?: boolean
}

type Before = Pick<LagSample, 'missing' | 'copies' | 'mirroredTo' | 'ends' | 'topicIds'> | null
type Row = [partition: number, from: number, to: number]
interface Found {
  topic: string
  why: MissingReason
  row: Row
}

/**
 * What the copies lack although the positions say that it was mirrored. It stays known until the position is taken back behind it:
 * then it is mirrored again. What retention has removed from the source meanwhile cannot be mirrored any more, and is left out.
 */
export function missingAfter(before: Before, look: LinkSides): MissingCopies[] {
  const { ends, mirroredTo } = look
  if (ends === null || mirroredTo === null) return before?.missing ?? []
  const found = ends.flatMap((topic) => [...ofSource(before, look, topic), ...ofCopy(before, look, topic)])
  const known = (before?.missing ?? []).flatMap(({ topic, topicId, why, rows }): Found[] => {
    const now = ends.find((entry) => entry.topic === topic)
    // A topic that is gone for the moment may come back as it was; another one has its own reason.
    return now === undefined || now.topicId === topicId ? rows.map((row) => ({ topic, why, row })) : []
  })
  const places = new Map<string, Found>()
  for (const one of [...known, ...found]) {
    const key = `${one.topic}/${one.row[0]}`
    const other = places.get(key)
    const row: Row = other
      ? [one.row[0], Math.min(one.row[1], other.row[1]), Math.max(one.row[2], other.row[2])]
      : one.row
    // That it holds less follows from every other reason.
    const why = other !== undefined && one.why === 'copy-behind' ? other.why : one.why
    places.set(key, { topic: one.topic, why, row })
  }
  const left = [...places.values()].flatMap((one) => stillMissing(one, ends, look.byCopies ? null : mirroredTo))
  return grouped(left, before?.missing ?? [], look)
}

/** Nothing that the link goes over again is missing; nor is what the source has no more. Null: no position shows it. */
function stillMissing(
  { topic, why, row: [partition, from, to] }: Found,
  ends: readonly TopicEnds[],
  mirroredTo: readonly TopicMirroredTo[] | null,
): Found[] {
  const position = mirroredTo === null ? Infinity : mirroredOffsets(mirroredTo, topic).get(partition)
  if (position === undefined) return []
  const start =
    ends.find((entry) => entry.topic === topic)?.partitions.find(([number]) => number === partition)?.[1] ?? 0
  const row: Row = [partition, Math.max(from, start), Math.min(to, position + 1)]
  return row[1] < row[2] ? [{ topic, why, row }] : []
}

/** A log that is another one, or that ends before a position that was read earlier: no record came in between. */
function ofSource(before: Before, look: LinkSides, { topic, topicId, partitions }: TopicEnds): Found[] {
  const stale = look.stalePositions.find((position) => position.topic === topic && position.topicId !== topicId)
  const now = mirroredOffsets(look.mirroredTo ?? [], topic)
  if (stale !== undefined) {
    const then = new Map(stale.offsets)
    return partitions.flatMap(([partition, start]): Found[] => {
      const position = now.get(partition)
      return position === undefined || !then.has(partition)
        ? []
        : [{ topic, why: 'source-recreated', row: [partition, start, position + 1] }]
    })
  }
  const sameAsBefore = before?.topicIds?.find((entry) => entry.topic === topic)?.topicId === topicId
  if (!sameAsBefore) return []
  const then = mirroredOffsets(before?.mirroredTo ?? [], topic)
  return partitions.flatMap(([partition, , end]): Found[] => {
    const [earlier, position] = [then.get(partition), now.get(partition)]
    const other = look.diverged?.get(`${topic}/${partition}`)
    if (other !== undefined && position !== undefined && position >= other)
      return [{ topic, why: 'source-truncated', row: [partition, other, position + 1] }]
    return earlier !== undefined && position !== undefined && position >= earlier && earlier >= end
      ? [{ topic, why: 'source-truncated', row: [partition, end, position + 1] }]
      : []
  })
}

function ofCopy(before: Before, look: LinkSides, { topic, partitions }: TopicEnds): Found[] {
  const copy = look.copies?.find((entry) => entry.topic === topic)
  if (copy === undefined) return []
  const known = before?.copies?.find((entry) => entry.topic === topic)
  const then = mirroredOffsets(before?.mirroredTo ?? [], topic)
  const now = mirroredOffsets(look.mirroredTo ?? [], topic)
  const another = known !== undefined && copy.copyId !== null && copy.copyId !== known.copyId
  if (look.byCopies) return ofCopyAlone(copy, known, partitions, another)
  return partitions.flatMap(([partition, start]): Found[] => {
    const position = now.get(partition)
    // Taken back since: the link has begun again.
    if (position === undefined || position < (then.get(partition) ?? -1)) return []
    const found = (why: MissingReason, from: number): Found[] => [{ topic, why, row: [partition, from, position + 1] }]
    if (copy.copyId === null) return found('copy-deleted', start)
    if (another) return known.rows.some(([number]) => number === partition) ? found('copy-recreated', start) : []
    if (look.nothingBetween.has(`${topic}/${partition}`)) return []
    const seen = copy.rows.find((row) => row.partition === partition)
    const remembered = known?.rows.find(([number]) => number === partition)
    if (seen === undefined) return []
    const shorter = remembered !== undefined && seen.end < remembered[1]
    const placed = seen.reached ?? (seen.end === 0 ? -1 : undefined)
    if (shorter) return found('copy-shorter', placed === undefined ? start : placed + 1)
    if (placed === undefined) return []
    const reached = Math.max(placed, remembered?.[2] ?? -1)
    return reached < position ? found('copy-behind', reached + 1) : []
  })
}

/** By what is remembered of the copy: whatever it had reached was in it. */
function ofCopyAlone(
  copy: SeenCopy,
  known: RememberedCopy | undefined,
  partitions: TopicEnds['partitions'],
  another: boolean,
): Found[] {
  return (known?.rows ?? []).flatMap(([partition, end, reached]): Found[] => {
    const start = partitions.find(([number]) => number === partition)?.[1]
    if (start === undefined || reached < 0) return []
    const found = (why: MissingReason, from: number): Found[] => [
      { topic: copy.topic, why, row: [partition, from, reached + 1] },
    ]
    if (copy.copyId === null) return found('copy-deleted', start)
    if (another) return found('copy-recreated', start)
    const seen = copy.rows.find((row) => row.partition === partition)
    return seen !== undefined && seen.end < end ? found('copy-shorter', (seen.reached ?? start - 1) + 1) : []
  })
}

/** The first offset that is neither mirrored nor among what is missing: `next` is the first that is not mirrored. */
export function behindMissing(
  next: number,
  missing: readonly MissingCopies[] | undefined,
  topic: string,
  partition: number,
): number {
  const rows = (missing ?? []).filter((entry) => entry.topic === topic).flatMap((entry) => entry.rows)
  return rows.reduce((at, [number, from, to]) => (number === partition && from <= at && at < to ? to : at), next)
}

function grouped(found: readonly Found[], before: readonly MissingCopies[], look: LinkSides): MissingCopies[] {
  const groups = new Map<string, MissingCopies>()
  for (const { topic, why, row } of found) {
    const key = `${why}/${topic}`
    const topicId = look.ends?.find((entry) => entry.topic === topic)?.topicId ?? ''
    const old = before.find((entry) => entry.topic === topic && entry.why === why)
    const group = groups.get(key) ?? {
      topic,
      topicId: topicId || (old?.topicId ?? ''),
      why,
      seenAt: old?.seenAt ?? look.at,
      rows: [],
    }
    group.rows.push(row)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** Of the offsets that the source holds so many are missing from the copies: as many records, at most. */
export function missingOffsets(
  missing: readonly MissingCopies[],
  ends: LagSample['ends'],
  topics?: readonly string[],
): number {
  return missing
    .filter(({ topic }) => topics?.includes(topic) ?? true)
    .flatMap(({ topic, rows }) => {
      const partitions = ends.find((entry) => entry.topic === topic)?.partitions ?? []
      return rows.map(([partition, from, to]) => {
        const [, start, end] = partitions.find(([number]) => number === partition) ?? [partition, from, from]
        return Math.max(0, Math.min(to, end) - Math.max(from, start))
      })
    })
    .reduce((sum, offsets) => sum + offsets, 0)
}
