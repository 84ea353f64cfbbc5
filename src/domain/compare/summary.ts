import type { Dossier } from '../../contract/dossier.ts'
import type { WatchState } from '../../contract/watch.ts'
import type { CompareResult, ComparedCopies, ComparedSummary, CopyDifference } from '../../contract/compare.ts'

/** Topics named in a summary. */
const named = 100

/** The short of what was compared; null: nothing was. */
export function comparedSummary(compared: ComparedCopies | undefined): ComparedSummary | null {
  if (compared === undefined || compared.topics.length === 0) return null
  const { topics, differences, more } = compared
  const count = (wanted: (result: CompareResult) => boolean) => topics.filter(([, , , result]) => wanted(result)).length
  const times = [...topics.map(([, , at]) => at), ...(more ? [more.oldest] : [])]
  const [same, differ, unclear] = [
    // Topics that do not travel are the same: others come first.
    count((result) => result === 'same') + (more?.topics ?? 0),
    count((result) => result === 'differs'),
    count((result) => result === 'unclear'),
  ]
  const all = topics.length + (more?.topics ?? 0)
  return {
    topics: all,
    same,
    unclear,
    differ,
    incomparable: all - same - differ - unclear,
    oldest: iso(Math.min(...times)),
    newest: iso(Math.max(...times)),
    list: topics.slice(0, named).map(([topic, , at, result]) => [topic, iso(at), result]),
    differences,
  }
}

/** Of the link that protects the pair now; nothing of another one. */
export function comparedNow(
  { active, standby }: Pick<Dossier, 'active' | 'standby'>,
  watch: WatchState | null,
): { compared?: ComparedSummary } {
  const compared = watch?.link === `${active}->${standby}` ? comparedSummary(watch.memory.compared) : null
  return compared === null ? {} : { compared }
}

/** `12 of 14 topics the same, 2 not compared`, and what differs. */
export function summaryText({ topics, same, differ, unclear, incomparable }: ComparedSummary): string {
  return [
    `${same} of ${topics} ${topics === 1 ? 'topic' : 'topics'} the same`,
    ...(differ > 0 ? [`${differ} different`] : []),
    ...(unclear > 0 ? [`${unclear} unclear`] : []),
    ...(incomparable > 0 ? [`${incomparable} not comparable`] : []),
  ].join(', ')
}

/** `orders-3 offsets 120 to 151 (32 records)` */
export function differenceText({ topic, partition, from, to, records }: CopyDifference): string {
  const where = to - from === 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  return `${topic}-${partition} ${where} (${records === 1 ? '1 record' : `${records} records`})`
}

/** Why a copy is not compared, as a sentence goes on: `orders: …`. */
export const resultTexts: Record<CompareResult, string> = {
  same: 'the same',
  differs: 'different',
  unclear: 'unclear: some records were not found in the copy, and retention or a far repetition may be why',
  absent: 'not comparable: there is no copy',
  empty: 'not comparable: the copy is empty',
  compacted: 'not comparable: one side is compacted',
  restamped: 'not comparable: the copy stamps records with its own time (LogAppendTime)',
  unreadable: 'not comparable: records are compressed with a codec that this worker cannot read',
  'not-found':
    'not comparable: the last record of the copy is not on the source (expired there, changed on the way, or written by others)',
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
