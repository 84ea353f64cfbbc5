import type { GroupOffsets } from '../../contract/evidence.ts'
import { committedOf } from './committed.ts'

type Row = readonly [partition: number, ...rest: unknown[]]

interface RowsOf<R extends Row> {
  readonly topic: string
  readonly rows: readonly R[]
}

/** Finds what belongs to a topic, a partition or a group in lists of many; but for `ranges` always the first that fits. */
export interface Lookup {
  entry<T extends { readonly topic: string }>(list: readonly T[], topic: string): T | undefined
  row<R extends Row>(rows: readonly R[], partition: number): R | undefined
  /** All rows of a partition, in their order, of all entries of the topic. */
  ranges<R extends Row>(list: readonly RowsOf<R>[], topic: string, partition: number): readonly R[]
  /** As `committedOf`. */
  committed(groups: readonly GroupOffsets[], group: string, topic: string, partition: number): number | undefined
}

/** For few: each list is searched every time. */
export const searching: Lookup = {
  entry: (list, topic) => list.find((entry) => entry.topic === topic),
  row: (rows, partition) => rows.find(([number]) => number === partition),
  ranges: (list, topic, partition) =>
    list
      .filter((entry) => entry.topic === topic)
      .flatMap(({ rows }) => rows)
      .filter(([number]) => number === partition),
  committed: committedOf,
}

/** For many: each list is indexed when it is asked for first, so one lookup is for one computation, in which no list changes. */
export function indexing(): Lookup {
  const topics = new WeakMap<object, Map<string, unknown>>()
  const partitions = new WeakMap<object, Map<number, unknown>>()
  const ranges = new WeakMap<object, Map<string, unknown[]>>()
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
    ranges<R extends Row>(list: readonly RowsOf<R>[], topic: string, partition: number) {
      const known = ranges.get(list) ?? rangesByPlace(list)
      ranges.set(list, known)
      return (known.get(placeKey(topic, partition)) ?? []) as R[]
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

function rangesByPlace(list: readonly RowsOf<Row>[]): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>()
  for (const { topic, rows } of list)
    for (const row of rows) {
      const key = placeKey(topic, row[0])
      const known = found.get(key)
      if (known === undefined) found.set(key, [row])
      else known.push(row)
    }
  return found
}

function placeKey(topic: string, partition: number): string {
  return `${partition}/${topic}`
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
