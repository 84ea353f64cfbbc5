import type { Dossier, SettledRow, Settlement } from '../../contract/dossier.ts'
import type { LossLedger } from '../../contract/evidence.ts'
import { indexing, type Lookup, searching } from './lookup.ts'

/** Stranded records [from, to) a person has decided about so that no group is to read them where they lie. */
export interface SettledRange {
  readonly from: number
  readonly to: number
  readonly records: number
}

/**
 * Ranges of one partition on a cluster that were discarded, quarantined or replayed, in order; `since`: only in this
 * episode and later ones. What a later decision keeps is to be read there after all. `find`: for many partitions, one that indexes.
 */
export function settledRanges(
  { settlements }: Pick<Dossier, 'settlements'>,
  cluster: string,
  topic: string,
  partition: number,
  since = 0,
  find: Lookup = searching,
): SettledRange[] {
  let ranges: SettledRange[] = []
  for (const settlement of settlements) {
    if (settlement.cluster !== cluster || settlement.episode < since) continue
    for (const [, from, to, records] of find.ranges(settlement.topics, topic, partition)) {
      ranges = ranges.filter((range) => range.to <= from || range.from >= to)
      if (settlement.action !== 'keep') ranges.push({ from, to, records: records ?? to - from })
    }
  }
  return ranges.sort((a, b) => a.from - b.from)
}

/** Of these topics, where no later decision keeps them: they are in no copy, and nobody misses them there. */
export function settledOffsets(
  dossier: Pick<Dossier, 'settlements'>,
  cluster: string,
  topics: readonly string[],
): { topic: string; partition: number; from: number; to: number }[] {
  const asked = new Set(topics)
  const find = indexing()
  const places = dossier.settlements
    .filter((settlement) => settlement.cluster === cluster)
    .flatMap((settlement) => settlement.topics)
    .filter(({ topic }) => asked.has(topic))
    .flatMap(({ topic, rows }) => rows.map(([partition]) => `${partition}/${topic}`))
  return [...new Set(places)].flatMap((place) => {
    const at = place.indexOf('/')
    const [partition, topic] = [Number(place.slice(0, at)), place.slice(at + 1)]
    return settledRanges(dossier, cluster, topic, partition, 0, find).map(({ from, to }) => ({
      topic,
      partition,
      from,
      to,
    }))
  })
}

/** The ranges of an exact ledger as a decision is made on them; an open-ended one (of an estimate) can be settled by nobody. */
export function settledTopics({ topics }: LossLedger): Settlement['topics'] {
  return topics.map(({ topic, rows }) => ({
    topic,
    rows: rows.flatMap(([partition, from, to, records]): SettledRow[] =>
      to === null ? [] : [[partition, from, to, records]],
    ),
  }))
}

/** Behind every settled range the position has reached: everything before such a range is read. */
export function skipSettled(position: number, ranges: readonly SettledRange[]): number {
  return ranges.reduce((at, { from, to }) => (from <= at && at < to ? to : at), position)
}

/** Records of settled ranges that lie ahead of the position: unread ones before them keep them from being skipped. */
export function settledAhead(position: number, ranges: readonly SettledRange[]): number {
  return ranges.filter(({ to }) => to > position).reduce((sum, { records }) => sum + records, 0)
}

/**
 * Records of the ranges that a group had committed as read where they lie, by group: replayed, it reads them again. Those
 * it processed and never came to commit are not known. Groups that read none of them are left out.
 */
export function readBefore(
  dossier: Pick<Dossier, 'snapshots'>,
  cluster: string,
  topics: Settlement['topics'],
): { group: string; records: number }[] {
  const newest = new Map<string, number>()
  const groups = new Set<string>()
  for (const snapshot of dossier.snapshots)
    for (const { group, topics: committed } of snapshot.cluster === cluster ? snapshot.groups : [])
      for (const { topic, offsets } of committed)
        for (const [partition, offset] of offsets) {
          groups.add(group)
          newest.set(`${group}/${topic}/${partition}`, offset)
        }
  return [...groups].flatMap((group) => {
    const records = topics
      .flatMap(({ topic, rows }) =>
        rows.map(([partition, from, to, counted]) => {
          const read = Math.min(newest.get(`${group}/${topic}/${partition}`) ?? 0, to) - from
          return Math.max(0, Math.min(read, counted ?? read))
        }),
      )
      .reduce((sum, read) => sum + read, 0)
    return records === 0 ? [] : [{ group, records }]
  })
}
