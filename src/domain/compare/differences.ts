import type { CopyDifference } from '../../contract/compare.ts'

/** Differences that are kept; beyond, those of a partition are told as one. */
export const differencesKept = 30

/** Missing offsets, ascending, as ranges. */
export function rangesOf(
  place: Pick<CopyDifference, 'topic' | 'copy' | 'partition' | 'at'>,
  missing: readonly number[],
): CopyDifference[] {
  const ranges: CopyDifference[] = []
  for (const offset of missing) {
    const last = ranges.at(-1)
    if (last !== undefined && last.to === offset)
      ranges[ranges.length - 1] = { ...last, to: offset + 1, records: last.records + 1 }
    else ranges.push({ ...place, from: offset, to: offset + 1, records: 1 })
  }
  return bounded(ranges)
}

/** With those found now: ranges that touch are one, and what was found again is not counted twice. */
export function withDifferences(known: readonly CopyDifference[], found: readonly CopyDifference[]): CopyDifference[] {
  let all = [...known]
  for (const one of found) {
    const elsewhere = all.filter((other) => !samePlace(other, one) || other.to <= one.from || other.from >= one.to)
    const kept = all.filter((other) => !elsewhere.includes(other)).flatMap((other) => outside(other, one))
    all = [...elsewhere, ...kept, one]
  }
  return bounded(joined(all))
}

/** Without what was found to be the same now: source offsets [from, to). */
export function withoutRange(
  known: readonly CopyDifference[],
  topic: string,
  partition: number,
  range: { from: number; to: number },
): CopyDifference[] {
  return known.flatMap((other) =>
    other.topic === topic && other.partition === partition ? outside(other, range) : [other],
  )
}

function samePlace(a: CopyDifference, b: CopyDifference): boolean {
  return a.topic === b.topic && a.partition === b.partition
}

/** What of a difference is before and behind the range. Its records are at most its offsets. */
function outside(difference: CopyDifference, { from, to }: { from: number; to: number }): CopyDifference[] {
  if (difference.to <= from || difference.from >= to) return [difference]
  const parts = [
    { ...difference, to: Math.min(difference.to, from) },
    { ...difference, from: Math.max(difference.from, to) },
  ]
  return parts.flatMap((part) =>
    part.from < part.to ? [{ ...part, records: Math.min(part.records, part.to - part.from) }] : [],
  )
}

function inOrder(a: CopyDifference, b: CopyDifference): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition || a.from - b.from
}

function joined(all: readonly CopyDifference[]): CopyDifference[] {
  const result: CopyDifference[] = []
  for (const one of [...all].sort(inOrder)) {
    const last = result.at(-1)
    if (last !== undefined && samePlace(last, one) && last.to === one.from) result[result.length - 1] = union(last, one)
    else result.push(one)
  }
  return result
}

function union(a: CopyDifference, b: CopyDifference): CopyDifference {
  return {
    ...a,
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    records: a.records + b.records,
    at: Math.max(a.at, b.at),
  }
}

function bounded(all: readonly CopyDifference[]): CopyDifference[] {
  if (all.length <= differencesKept) return [...all]
  const byPlace: CopyDifference[] = []
  for (const one of [...all].sort(inOrder)) {
    const last = byPlace.at(-1)
    if (last !== undefined && samePlace(last, one)) byPlace[byPlace.length - 1] = union(last, one)
    else byPlace.push(one)
  }
  return byPlace.slice(0, differencesKept)
}
