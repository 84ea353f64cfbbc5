import type { LagAnswer, LagSlot } from '../../contract/watch.ts'
import { clock, duration, number } from './words.ts'

/** Spans of the table, seconds: each is cut into so many columns of the sparkline. */
const spans = [
  { name: 'last 15 min', seconds: 900 },
  { name: 'last 2 h', seconds: 7_200 },
  { name: 'last 24 h', seconds: 86_400 },
] as const
const columns = 24
const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const topicsShown = 10

/** A pair's day of lag as a table. Pure; the last column is the newest. */
export function lagLines({ pair, link, history }: LagAnswer, now: Date): string[] {
  const newest = history.slots.at(-1)
  if (link === null || newest === undefined) return [`${pair}: the lag was not sampled yet`]
  const until = Math.floor(now.getTime() / 1000)
  const at = new Date(newest[0] * 1000).toISOString()
  const rows = spans.map(({ name, seconds }) => row(name, history.slots, until, seconds))
  return [
    `${pair}: lag of ${link}, ${shown(newest[1])} at ${clock(at, now)}`,
    `  ${'span'.padEnd(12)}${'now'.padStart(12)}${'worst'.padStart(12)}  unreachable  oldest to newest, the worst of each column`,
    ...rows,
    ...worst(history.worst, now),
  ]
}

function row(name: string, slots: readonly LagSlot[], until: number, seconds: number): string {
  const inSpan = slots.filter(([at]) => at > until - seconds)
  const newest = inSpan.findLast(([, lag]) => lag >= 0)
  const most = Math.max(-1, ...inSpan.map(([, , worstLag]) => worstLag))
  const looks = inSpan.reduce((sum, slot) => sum + slot[5], 0)
  const dark = inSpan.reduce((sum, slot) => sum + slot[6], 0)
  const share = looks === 0 ? '-' : `${Math.round((100 * dark) / looks)} %`
  return `  ${name.padEnd(12)}${shown(newest?.[1] ?? -1).padStart(12)}${shown(most).padStart(12)}  ${share.padStart(11)}  ${sparkline(inSpan, until, seconds, most)}`
}

function shown(lag: number): string {
  return lag < 0 ? 'unknown' : lag === 0 ? 'none' : number(lag)
}

/** One column for each part of the span: its worst lag, on a scale up to the worst of all; a blank where nothing is known. */
function sparkline(slots: readonly LagSlot[], until: number, seconds: number, most: number): string {
  const width = seconds / columns
  const parts: number[] = Array.from({ length: columns }, () => -1)
  for (const [at, , worstLag] of slots) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((at - (until - seconds)) / width)))
    parts[column] = Math.max(parts[column] ?? -1, worstLag)
  }
  return parts.map((lag) => (lag < 0 ? ' ' : bar(lag, most))).join('')
}

function bar(lag: number, most: number): string {
  if (lag === 0 || most <= 0) return bars[0]
  return bars[Math.min(bars.length - 1, Math.ceil((lag / most) * (bars.length - 1)))] ?? bars[0]
}

function worst(topics: LagAnswer['history']['worst'], now: Date): string[] {
  if (topics.length === 0) return ['  no topic lagged within a day']
  const more = topics.length > topicsShown ? [`  and ${topics.length - topicsShown} more: --json`] : []
  return [
    '  worst by topic, within a day:',
    ...topics
      .slice(0, topicsShown)
      .map(
        ([topic, lag, at]) =>
          `  ${number(lag).padStart(12)}  ${topic} (${duration(Math.max(0, now.getTime() / 1000 - at))} ago)`,
      ),
    ...more,
  ]
}
