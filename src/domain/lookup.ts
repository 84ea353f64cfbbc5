import type { GroupOffsets } from '../contract/evidence.ts'
import { committedOf } from './committed.ts'

type Row = readonly [partition: number, ...rest: unknown[]]

/** Finds what belongs to a topic, a partition or a group in lists of many; always the first that fits. */
export interface Lookup {
  entry<T extends { readonly topic: string }>(list: readonly T[], topic: string): T | undefined
  row<R extends Row>(rows: readonly R[], partition: number): R | undefined
  /** As `committedOf`. */
  committed(groups: readonly GroupOffsets[], group: string, topic: string, partition: number): number | undefined
}

/** For few: each list is searched every time. */
export const searching: Lookup = {
  entry: (list, topic) => list.find((entry) => entry.topic === topic),
  row: (rows, partition) => rows.find(([number]) => number === partition),
  committed: committedOf,
}

/** For many: each list is indexed when it is asked for first, so one lookup is for one computation, in which no list changes. */
export function indexing(): Lookup {
  const topics = new WeakMap<object, Map<string, unknown>>()
  const partitions = new WeakMap<object, Map<number, unknown>>()
  const commits = new WeakMap<object, Map<string, Map<number, number>>>()
  return {
    entry<T extends { readonly topic: string }>(list: readonly T[], topic: string) {
      const known = topics.get(list) ?? firsts(list, (entry) => entry.topic)
      topics.set(list, known)
      return known.get(topic) as T | undefined
    },
    row<R extends Row>(rows: readonly R[], partition: number) {
      const known = partitions.get(rows) ?? firsts(rows, ([number]) => number)
      partitions.set(rows, known)
      return known.get(partition) as R | undefined
    },
    committed(groups, group, topic, partition) {
      const known = commits.get(groups) ?? commitsOf(groups)
      commits.set(groups, known)
      const committed = known.get(groupKey(group, topic))?.get(partition)
      return committed === undefined || committed < 0 ? undefined : committed
    },
  }
}

function firsts<K, T>(list: readonly T[], keyOf: (entry: T) => K): Map<K, T> {
  const found = new Map<K, T>()
  for (const entry of list) if (!found.has(keyOf(entry))) found.set(keyOf(entry), entry)
  return found
}

function commitsOf(groups: readonly GroupOffsets[]): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>()
  for (const { group, topics } of groups) {
    for (const { topic, offsets } of topics) {
      const key = groupKey(group, topic)
      const known = found.get(key) ?? new Map<number, number>()
      found.set(key, known)
      for (const [partition, committed] of offsets) if (!known.has(partition)) known.set(partition, committed)
    }
  }
  return found
}

/** No topic's name has a line break. */
function groupKey(group: string, topic: string): string {
  return `${topic}\n${group}`
}
