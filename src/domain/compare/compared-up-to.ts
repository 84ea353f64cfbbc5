import type { ComparedCopies } from '../../contract/compare.ts'

/**
 * Source offsets [from, to) of a partition whose records are known to be in the copy, and since when (ISO 8601). `ids`: see `idsOf`;
 * it is said only of the same two topics.
 */
export interface ComparedUpTo {
  topic: string
  partition: number
  ids: string
  from: number
  to: number
  since: string
  /** All of them lie in the copy before this offset of it; what came later, at or behind it. */
  copyTo: number
}

/** Of each partition the newest range that was compared without a difference in it. What is not known is not in the list. */
export function comparedUpTo({ topics, differences }: ComparedCopies): ComparedUpTo[] {
  return topics.flatMap(([topic, ids, , , rows]) =>
    rows.flatMap(([partition, from, to, since, , copyTo]): ComparedUpTo[] => {
      const here = differences.filter((one) => one.topic === topic && one.partition === partition && one.from < to)
      const begin = here.reduce((lowest, one) => Math.max(lowest, one.to), from)
      return begin < to
        ? [{ topic, partition, ids, from: begin, to, since: new Date(since * 1000).toISOString(), copyTo }]
        : []
    }),
  )
}

/** What tells a topic and its copy from others of the same names: the end of both ids. */
export function idsOf(sourceId: string, copyId: string | null): string {
  return `${sourceId.slice(-6)}${(copyId ?? '').slice(-6)}`
}
