import type { ComparedCopies } from '../../contract/compare.ts'
import type { MissingCopies, TopicEnds } from '../../contract/evidence.ts'
import { comparedUpTo, idsOf } from '../compare/compared-up-to.ts'
import type { SeenCopy } from './remembered-copies.ts'

/** What a comparison of both sides found of a range [from, to) that was missing: what is left of it, or null for nothing. */
export interface FoundAgain {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly left: readonly [from: number, to: number] | null
}

/** What is missing without what was found in the copies again. */
export function withoutFound(missing: readonly MissingCopies[], found: readonly FoundAgain[]): MissingCopies[] {
  const byPlace = new Map(found.map((one) => [`${one.topic}/${one.partition}/${one.from}/${one.to}`, one]))
  return missing.flatMap((entry) => {
    const rows = entry.rows.flatMap(([partition, from, to]): MissingCopies['rows'] => {
      const one = byPlace.get(`${entry.topic}/${partition}/${from}/${to}`)
      if (one === undefined) return [[partition, from, to]]
      return one.left === null ? [] : [[partition, one.left[0], one.left[1]]]
    })
    return rows.length === 0 ? [] : [{ ...entry, rows }]
  })
}

/** Ranges that the background comparison has read in both topics as they are now, after they were seen to be missing. */
export function foundByComparison(
  missing: readonly MissingCopies[],
  compared: ComparedCopies | undefined,
  ends: readonly TopicEnds[],
  copies: readonly SeenCopy[],
): FoundAgain[] {
  if (compared === undefined || missing.length === 0) return []
  const known = comparedUpTo(compared)
  return missing.flatMap(({ topic, seenAt, rows }) => {
    const source = ends.find((entry) => entry.topic === topic)
    const copy = copies.find((entry) => entry.topic === topic)
    if (source === undefined || copy === undefined || copy.copyId === null) return []
    const ids = idsOf(source.topicId, copy.copyId)
    return rows.flatMap(([partition, from, to]): FoundAgain[] => {
      const covers = known.some(
        (one) =>
          one.topic === topic &&
          one.partition === partition &&
          one.ids === ids &&
          one.from <= from &&
          one.to >= to &&
          Date.parse(one.since) > Date.parse(seenAt),
      )
      return covers ? [{ topic, partition, from, to, left: null }] : []
    })
  })
}
