import type { CompareAnswer, CompareLive, CompareResult } from '../../contract/compare.ts'
import { differenceText, resultTexts } from '../../domain/compare/summary.ts'
import { onCall } from '../../domain/text/on-call.ts'
import type { LiveActivity } from './live.ts'
import { duration, number, records } from './words.ts'

const longestBar = 30
const topicsShown = 40

/** The live numbers of a comparison; null: it has not begun. */
export function liveOf(activity: LiveActivity | undefined): CompareLive | null {
  const details = activity?.details
  if (typeof details !== 'object' || details === null) return null
  const { doing, done, total, differences } = details as Partial<CompareLive>
  if (typeof doing !== 'string' || typeof done !== 'number' || typeof total !== 'number') return null
  return { doing, done, total, differences: differences ?? 0 }
}

/** `[##########----------]  50 %  5,000 of 10,000 offsets, orders-3` */
export function progressBar(live: CompareLive | null, activity: LiveActivity | undefined, columns: number): string[] {
  if (live === null) return [progressLine(live, activity)]
  const width = Math.max(5, Math.min(longestBar, columns - 50))
  const share = live.total === 0 ? 0 : Math.min(1, live.done / live.total)
  const filled = Math.round(share * width)
  return [`[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${progressLine(live, activity)}`]
}

export function progressLine(live: CompareLive | null, activity: LiveActivity | undefined): string {
  const failed = activity?.lastFailure === undefined ? '' : `; the last try failed: ${activity.lastFailure}`
  if (live === null) return `waiting for a worker${failed}`
  if (live.total === 0) return `${live.doing}${failed}`
  const share = Math.min(100, Math.floor((100 * live.done) / live.total))
  const wrong = live.differences === 0 ? '' : `, ${records(live.differences)} missing so far`
  return `${share} %  ${number(live.done)} of ${number(live.total)} offsets, ${live.doing}${wrong}${failed}`
}

const marks: Partial<Record<CompareResult, string>> = { same: '✔', differs: '✖' }

/** What a comparison found, as lines of text: differences first. Pure. */
export function compareLines({ link, topics, differences, records: compared, seconds }: CompareAnswer): string[] {
  const order = (result: CompareResult) => (result === 'differs' ? 0 : result === 'same' ? 2 : 1)
  const sorted = [...topics].sort((a, b) => order(a.result) - order(b.result))
  const count = (result: CompareResult) => topics.filter((topic) => topic.result === result).length
  const others = topics.length - count('same') - count('differs')
  return [
    `${link}: ${records(compared)} of ${topics.length === 1 ? '1 topic' : `${topics.length} topics`} compared in ${duration(seconds)}: ` +
      `${count('same')} the same, ${count('differs')} different${others === 0 ? '' : `, ${others} not compared or unclear`}`,
    ...sorted.slice(0, topicsShown).map((topic) => topicLine(topic)),
    ...(sorted.length > topicsShown ? [`  and ${sorted.length - topicsShown} more: --json`] : []),
    ...(differences.length === 0
      ? []
      : [
          '',
          'Missing from the copy, or there with another content (offsets of the source):',
          ...differences.map((one) => `  ✖ ${differenceText(one)}, copy ${one.copy}`),
          `What to do: ${onCall('compare-copies')}`,
        ]),
  ]
}

function topicLine({ topic, result, rows }: CompareAnswer['topics'][number]): string {
  const compared = rows.filter(([, from, to]) => to > from)
  const shown = compared.slice(0, 5).map(([partition, from, to]) => `${partition}: ${from} to ${to - 1}`)
  const more = compared.length > shown.length ? `, and ${compared.length - shown.length} more partitions` : ''
  const offsets = shown.length === 0 ? '' : ` (offsets of partition ${shown.join(', ')}${more})`
  const text = result === 'same' && shown.length === 0 ? 'nothing to compare' : resultTexts[result]
  return `  ${marks[result] ?? '!'} ${topic}: ${text}${offsets}`
}
