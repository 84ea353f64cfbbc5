import type { RunState } from '../../contract/progress.ts'
import type { StepState } from '../../contract/steps.ts'
import { visible } from '../../domain/text/visible.ts'

/** Texts and marks that several views share. All marks are one column wide. */

export const stepMarks: Record<StepState, string> = {
  pending: '○',
  running: '▶',
  waiting: '⏸',
  done: '✔',
  skipped: '–',
  failed: '✖',
  undone: '↶',
}

export const stateWords: Record<RunState, string> = {
  running: '▶ running',
  waiting: '⏸ waits for a person',
  paused: '⏸ paused',
  succeeded: '✔ succeeded',
  aborted: '✖ aborted',
  'handed-over': '✖ handed over',
  refused: '✖ refused',
  failed: '✖ failed',
  'dry-run': '✔ dry run',
}

export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

export function records(value: number): string {
  return `${number(value)} ${value === 1 ? 'record' : 'records'}`
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `5 h 2 min`, `6 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 0) return '0 s'
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return pairOf(whole, 60, 'min', 1, 's')
  if (whole < 86_400) return pairOf(whole, 3_600, 'h', 60, 'min')
  return pairOf(whole, 86_400, 'd', 3_600, 'h')
}

function pairOf(whole: number, major: number, majorName: string, minor: number, minorName: string): string {
  const rest = Math.floor((whole % major) / minor)
  return `${Math.floor(whole / major)} ${majorName}${rest === 0 ? '' : ` ${rest} ${minorName}`}`
}

/** Age of an ISO time at `now`. A clock that is a little behind does not make the past the future. */
export function age(iso: string, now: Date): string {
  return duration(Math.max(0, (now.getTime() - Date.parse(iso)) / 1000))
}

/** `09:30:00Z`; with the day when it is not today's. */
export function clock(iso: string, now: Date): string {
  const [day, time] = new Date(iso).toISOString().split('T') as [string, string]
  const text = `${time.slice(0, 8)}Z`
  return day === now.toISOString().slice(0, 10) ? text : `${day} ${text}`
}

/** Quoted for a shell where it needs to be. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Cuts to the width of a terminal, in columns; all of our characters are one column wide. */
export function clip(line: string, columns: number): string {
  const characters = Array.from(line)
  return characters.length <= columns ? line : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}

/** Without control and invisible characters: messages of strangers are shown too, and must not steer the reader's terminal. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return visible(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
}

/** Texts of several lines become several lines, the further ones indented: a view is drawn line by line. */
export function singleLines(lines: string[]): string[] {
  return lines.flatMap((line) => line.split('\n').map((part, index) => (index === 0 ? part : `    ${part}`)))
}
