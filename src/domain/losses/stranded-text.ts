import type { KeyConflicts, LossLedger } from '../../contract/evidence.ts'
import { uncountedRows } from './ledger.ts'
import { recordsText } from '../text/records-text.ts'

/** Ranges and topics named to a person before "and so on". */
const shownRanges = 8
const shownTopics = 5

/** What is stranded, in a sentence: how many, what cannot be counted, and the first ranges. */
export function strandedText(ledger: LossLedger): string {
  const rows = ledger.topics.flatMap(({ topic, rows: partitions }) =>
    partitions.map(
      ([partition, from, to, records]) => `${topic}-${partition} [${from}, ${to ?? '?'}) ${records ?? '?'} records`,
    ),
  )
  const uncounted = uncountedRows(ledger)
  return (
    `${recordsText(ledger.records)}${uncounted === 0 ? '' : `, and ${uncounted} ranges that cannot be counted,`} were written on ` +
    `${ledger.cluster} and never mirrored: ${rows.slice(0, shownRanges).join('; ')}` +
    `${rows.length > shownRanges ? `; and ${rows.length - shownRanges} more` : ''}.`
  )
}

/** How many of them are older than what was written since under the same key, by topic. */
export function conflictsText({ complete, topics, keyless }: KeyConflicts, active: string): string {
  const worst = topics.toSorted(([, a], [, b]) => b - a)
  const named = worst
    .slice(0, shownTopics)
    .map(
      ([topic, records, keys, tombstones]) =>
        `${topic}: ${records} records of ${keys} keys${tombstones === 0 ? '' : `, ${tombstones} of them about deletions`}`,
    )
  const more = worst.length > shownTopics ? `; and ${worst.length - shownTopics} more topics` : ''
  return [
    topics.length === 0
      ? `No key of theirs was ${complete ? '' : 'seen to be '}written on ${active} since.`
      : `${complete ? '' : 'At least '}${sum(topics)} of them are older than what was written on ${active} since under the same key (${named.join('; ')}${more}).`,
    ...(complete ? [] : ['Not everything could be read in time: there may be more.']),
    ...(keyless === 0 ? [] : [`${keyless} have no key.`]),
  ].join(' ')
}

/** What replay would give to readers a second time; undefined when nobody is known to have read any. */
export function rereadText(read: readonly { group: string; records: number }[], cluster: string): string | undefined {
  if (read.length === 0) return undefined
  const named = read.map(({ group, records }) => `${group} ${records}`).join(', ')
  return `only by replay, what had been read on ${cluster} already, by what was committed there: ${named}.`
}

/** Where a provider keeps the mirroring's position, what was settled is mirrored like everything behind it. */
export function mirroredLaterText({ from, to }: { from: string; to: string }): string {
  return (
    `Whatever is decided, their copies come to ${to} once ${from}->${to} is enabled again: its provider keeps the position. ` +
    `Groups on ${from} are not concerned; a forced failover that comes soon after it may have groups read those copies on ${to}.`
  )
}

/** Why `keep` or `replay` needs a second word; null: it does not. */
export function whyRefused(
  { compacted }: KeyConflicts,
  { ordering, groups }: { ordering: 'strict' | 'relaxed'; groups: readonly string[] },
): string | null {
  const reasons = [
    ...(compacted.length === 0
      ? []
      : [
          `${compacted.slice(0, shownTopics).join(', ')}${compacted.length > shownTopics ? ` and ${compacted.length - shownTopics} more` : ''} ${compacted.length === 1 ? 'is' : 'are'} compacted: an older record would become the last word on its key`,
        ]),
    ...(ordering === 'strict'
      ? [`ordering is strict, and ${groups.join(', ') || 'the consumers'} would process older records after newer ones`]
      : []),
  ]
  return reasons.length === 0 ? null : reasons.join('; ')
}

function sum(topics: KeyConflicts['topics']): number {
  return topics.reduce((all, [, records]) => all + records, 0)
}
