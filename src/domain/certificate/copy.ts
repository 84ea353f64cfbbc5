import type { CopyEvidence, CopyGap, CopyRow, RememberedCopy, RememberedCopyRow } from '../../contract/evidence.ts'
import type { CopyRefusal } from './verdict.ts'

/** What became of comparing a range of a partition with its copy, record by record. */
export interface ComparedRange {
  readonly topic: string
  readonly partition: number
  /** On the source, [from, to). */
  readonly from: number
  readonly to: number
  /** Records of the range that the copy does not hold, and among which offsets [from, to) they lie; null: none. */
  readonly missing: CopyGap | null
}

/** What both sides tell of one partition, beside the ends of the source. */
export interface CopySides {
  readonly start: number
  /** Connect's position. */
  readonly position: number | undefined
  readonly row: CopyRow | undefined
  readonly copyId: string | null
  readonly known: { readonly copyId: string; readonly row: RememberedCopyRow } | undefined
  readonly compared: ComparedRange | undefined
  /** Data records in [from, to) of the source by a complete scan; undefined: not read. */
  readonly recordsIn: (from: number, to: number) => number | undefined
}

/** Source offset of the copy's last record; undefined where the copy cannot tell. */
export function reachedBy(row: CopyRow | undefined): number | undefined {
  return row?.[5] === 'found' ? row[4] : undefined
}

/** No copy, or one that never held anything: what the position says to be mirrored can be nowhere. */
export function holdsNothing(row: CopyRow | undefined): boolean {
  return row !== undefined && (row[5] === 'absent' || (row[5] === 'empty' && row[2] === 0))
}

/** Is the copy another one than the one that is remembered, or shorter than that was? */
export function isReplaced({ row, copyId, known }: Pick<CopySides, 'row' | 'copyId' | 'known'>): boolean {
  if (known === undefined || row === undefined || copyId === null) return false
  return known.copyId !== copyId || known.row[1] > row[2]
}

/** What is remembered of a partition's copy. */
export function knownOf(
  known: readonly RememberedCopy[] | undefined,
  topic: string,
  partition: number,
): CopySides['known'] {
  const copy = known?.find((entry) => entry.topic === topic)
  const row = copy?.rows.find(([number]) => number === partition)
  return copy === undefined || row === undefined ? undefined : { copyId: copy.copyId, row }
}

/**
 * Ranges [from, to) of the source that have to be read before the copies are believed, beside what lies above them: between what a
 * copy holds and where the position stands, and all of it where there is no copy, a shorter one, or another.
 */
export function rangesToWeigh(
  sides: Pick<CopySides, 'start' | 'position' | 'row' | 'copyId' | 'known'>,
): [from: number, to: number][] {
  const { start, position, row } = sides
  const reached = reachedBy(row)
  const proven = Math.max(position ?? -1, reached ?? -1)
  const ranges: [number, number][] = []
  if (holdsNothing(row) && position !== undefined) ranges.push([start, position + 1])
  else if (isReplaced(sides) || beginsLate(row, start, proven)) ranges.push([start, proven + 1])
  if (reached !== undefined && position !== undefined && position > reached)
    ranges.push([Math.max(start, reached + 1), position + 1])
  return ranges.filter(([from, to]) => from < to)
}

/** From its offset 0 on it has fewer offsets than the source up to what it has reached: it may lack the oldest ones. */
function beginsLate(row: CopyRow | undefined, start: number, proven: number): boolean {
  return row !== undefined && row[1] === 0 && row[2] > 0 && proven + 1 - start > row[2]
}

/** What the copy says against a proof; null: nothing. The gravest first. */
export function copyRefusal(sides: CopySides): CopyRefusal | null {
  const { start, position, row, compared, recordsIn } = sides
  if (row === undefined) return null
  if (holdsNothing(row)) {
    if (position === undefined) return null
    const gap = gapOf(recordsIn, start, position + 1)
    return gap && { verdict: 'copy-missing', gap }
  }
  const reached = reachedBy(row)
  const proven = Math.max(position ?? -1, reached ?? -1)
  if (isReplaced(sides)) {
    const again = compared !== undefined && compared.from <= start && compared.to > proven && compared.missing === null
    const gap = again ? null : (compared?.missing ?? gapOf(recordsIn, start, proven + 1))
    if (gap !== null) return { verdict: 'copy-replaced', gap }
  }
  if (compared?.missing) return { verdict: 'copy-has-gap', gap: compared.missing }
  if (reached !== undefined && position !== undefined && position > reached) {
    const gap = gapOf(recordsIn, Math.max(start, reached + 1), position + 1)
    if (gap !== null) return { verdict: 'copy-behind-position', gap }
  }
  if (beginsLate(row, start, proven)) {
    const records = recordsIn(start, proven + 1)
    if (records !== undefined && records > row[2])
      return { verdict: 'copy-has-gap', gap: [records - row[2], start, proven + 1] }
  }
  return null
}

/** Null: no record lies there. Not read counts as records whose number is not known. */
function gapOf(recordsIn: CopySides['recordsIn'], from: number, to: number): CopyGap | null {
  if (from >= to) return null
  const records = recordsIn(from, to)
  return records === 0 ? null : [records ?? null, from, to]
}

/** The rows of the copies, by topic and partition. */
export function copyRows(copies: readonly CopyEvidence[] | undefined, topic: string): ReadonlyMap<number, CopyRow> {
  return new Map(copies?.find((entry) => entry.topic === topic)?.rows.map((row) => [row[0], row]))
}
