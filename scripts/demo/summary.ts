import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { TopicOutcome } from './judgement.ts'
import { tableLines } from './table.ts'

export type OperationSummary = {
  operation: string
  workflowId: string
  state: string
  seconds: number
  steps: { id: string; state: string; seconds: number | null }[]
}

export type TicketSummary = { id: string; operation: string; processedAt: string | null }

/** What `--summary` writes. `problems` says why `ok` is false. */
export type Summary = {
  ok: boolean
  seconds: number
  operations: OperationSummary[]
  topics: TopicOutcome[]
  tickets: TicketSummary[]
  problems: string[]
}

export function writeSummary(file: string, summary: Summary): void {
  mkdirSync(dirname(resolve(file)), { recursive: true })
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`)
}

const topicColumns: [header: string, value: (topic: TopicOutcome) => string | number][] = [
  ['topic', ({ topic }) => topic],
  ['sent', ({ sent }) => sent],
  ['received', ({ received }) => received],
  ['lost', ({ lost }) => lost],
  ['twice', ({ duplicated }) => duplicated],
  ['(declared)', ({ duplicatesDeclared }) => duplicatesDeclared],
  ['disorder', ({ outOfOrder }) => outOfOrder],
  ['(declared)', ({ outOfOrderDeclared }) => outOfOrderDeclared],
  ['stranded', ({ stranded }) => stranded],
  ['(unread)', ({ strandedUnread }) => strandedUnread],
]

const operationColumns: [header: string, value: (operation: OperationSummary) => string][] = [
  ['operation', ({ operation }) => operation],
  ['state', ({ state }) => state],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['steps', ({ steps }) => `${steps.filter(({ state }) => state === 'done').length} of ${steps.length}`],
]

/** The end of the story: the operations, what happened to every topic, and the last line. */
export function summaryText(summary: Summary): string {
  const seconds = `${Math.round(summary.seconds)} s`
  return [
    ...(summary.operations.length > 0 ? ['', ...table(operationColumns, summary.operations)] : []),
    ...(summary.topics.length > 0 ? ['', ...table(topicColumns, summary.topics)] : []),
    '',
    summary.ok ? `ok   ${seconds}` : `not ok   ${seconds}`,
    ...summary.problems.map((problem) => `  ✖ ${problem}`),
  ].join('\n')
}

function table<Row>(columns: [string, (row: Row) => string | number][], rows: readonly Row[]): string[] {
  return tableLines(
    columns.map(([header]) => header),
    rows.map((row) => columns.map(([, value]) => value(row))),
  )
}
