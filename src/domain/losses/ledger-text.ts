import type { Settlement } from '../../contract/dossier.ts'
import type { LedgerRow, LossLedger, Phantoms } from '../../contract/evidence.ts'
import type { PairLedger, UnreadOnTarget } from '../../contract/pair-messages.ts'
import { unreadOnTargetText } from '../choices/unread.ts'
import { duration } from '../text/duration.ts'
import { uncountedRows } from './ledger.ts'
import { line, moment, table } from '../text/markdown-text.ts'
import { recordsText } from '../text/records-text.ts'
import { phantomsText } from '../certificate/phantoms.ts'

/** Rows a person reads; the query `ledger` of the pair has all of them. */
const rowsShown = 200

/** What is stranded, for a person: the total and what it rests on, then range by range. */
export function ledgerMarkdown(ledger: LossLedger): string {
  const rows = ledger.topics.flatMap(({ topic, rows: ofTopic }) =>
    ofTopic.map((row) => [topic, ...(ledger.kind === 'exact' ? exactCells(row, ledger.since) : estimateCells(row))]),
  )
  const head = ledger.kind === 'exact' ? exactHead : estimateHead
  return [
    `${ledger.kind} of what is stranded on ${line(ledger.cluster)}, taken ${moment(ledger.takenAt)}: **${total(ledger)}**${basis(ledger)}.`,
    ...(rows.length === 0 ? [] : [table(['topic', ...head], rows, rowsShown)]),
    ...(ledger.phantoms === undefined ? [] : [phantomsMarkdown(ledger.phantoms, ledger.cluster)]),
  ].join('\n\n')
}

/** What the copies hold that is not committed: the total, then range by range. */
export function phantomsMarkdown(phantoms: Phantoms, cluster: string): string {
  const rows = phantoms.topics.flatMap(({ topic, rows: ofTopic }) => ofTopic.map((row) => [topic, ...row]))
  return [
    `Phantoms: the copies of ${line(cluster)} hold **${phantomsText(phantoms)}**, read there as if they were committed.`,
    ...(rows.length === 0
      ? []
      : [table(['topic', 'partition', 'from', 'to', 'of aborted transactions', 'of undecided ones'], rows, rowsShown)]),
  ].join('\n\n')
}

/** The decision on them: who, when, what, why, and on which ranges. */
export function settlementMarkdown(settlement: Settlement): string {
  const { action, by, at, cluster, records, reason, confirmed, copied, topics } = settlement
  const copies = copied === undefined ? [] : ['copies from', 'copies to']
  const rows = topics.flatMap(({ topic, rows: ofTopic }) =>
    ofTopic.map(([partition, from, to, counted, ...places]) => [
      topic,
      partition,
      from,
      to,
      counted ?? 'unknown',
      ...(copied === undefined ? [] : places.map((offset) => (offset < 0 ? 'none' : offset))),
    ]),
  )
  return [
    `**${action}**: decided by ${line(by)} on ${moment(at)}${confirmed === undefined ? '' : `, confirmed by ${line(confirmed.by)} on ${moment(confirmed.at)}`}, for ${recordsText(records)} on ${line(cluster)}: ${line(reason)}`,
    ...(copied === undefined
      ? []
      : [
          `${copied.records} records were copied to ${line(copied.cluster)}, into ${line(copied.into)}, complete on ${moment(copied.at)} (\`${copied.id}\`).`,
        ]),
    ...(rows.length === 0 ? [] : [table(['topic', 'partition', 'from', 'to', 'records', ...copies], rows, rowsShown)]),
  ].join('\n\n')
}

/** Every ledger the pair keeps, the newest first, each with what was decided on it. */
export function pairLedgerMarkdown({ pair, ledgers, settlements, unread = [] }: PairLedger): string {
  const none =
    ledgers.length > 0 ? [] : [`No record of ${line(pair)} is known to have been stranded: it keeps no ledger.`]
  return [
    ...none,
    ...strandedMarkdown(pair, ledgers, settlements),
    ...unread.toReversed().map((one) => unreadMarkdown(pair, one)),
  ].join('\n\n')
}

/** A number of its own: these records are on the active side, and are neither stranded nor lost. */
function unreadMarkdown(pair: string, one: UnreadOnTarget): string {
  const rows = one.topics.flatMap(({ topic, rows: ofTopic }) =>
    ofTopic.map(([partition, from, to, records]) => [topic, partition, from, to, records ?? 'unknown']),
  )
  return [
    `## ${line(pair)}: read by no group, ${one.operation} of ${moment(one.at)}`,
    `**${line(unreadOnTargetText(one))}.** They are not lost: they stay on ${line(one.cluster)} until retention removes them.`,
    ...(rows.length === 0 ? [] : [table(['topic', 'partition', 'from', 'to', 'records'], rows, rowsShown)]),
  ].join('\n\n')
}

function strandedMarkdown(pair: string, ledgers: LossLedger[], settlements: Settlement[]): string[] {
  return ledgers.toReversed().map((ledger) => {
    const decided = settlements.filter(
      (settlement) => settlement.cluster === ledger.cluster && settlement.ledger === ledger.takenAt,
    )
    return [
      `## ${line(pair)}: ${ledger.kind} of ${moment(ledger.takenAt)}`,
      ledgerMarkdown(ledger),
      ...decided.map(settlementMarkdown),
    ].join('\n\n')
  })
}

const estimateHead = ['partition', 'from', 'records', 'written within, at most']
const exactHead = ['partition', 'from', 'to', 'records', 'bytes', 'first', 'last']

/** An estimate counts offsets: there are as many records, at most. */
function total({ kind, records }: LossLedger): string {
  return `${kind === 'estimate' && records !== null ? 'at most ' : ''}${recordsText(records)}`
}

/** What the number rests on, and how far it may be off. */
function basis({ kind, sampleAgeSeconds, topics, since }: LossLedger): string {
  const rows = topics.flatMap((topic) => topic.rows)
  if (kind === 'exact') {
    const bytes = rows.reduce((sum, row) => sum + (row.length === 7 ? row[4] : 0), 0)
    const uncounted = uncountedRows({ topics })
    return (
      (since === undefined ? '' : `, ${bytes} bytes, the earliest of ${moment(since)}`) +
      (uncounted === 0 ? '' : `, and ${uncounted} ranges that cannot be counted`)
    )
  }
  if (sampleAgeSeconds === null) return ': there was no sample, so nobody knows how many'
  const unknown = uncountedRows({ topics })
  const uncounted = unknown === 0 ? '' : `, and what is in ${unknown} partitions of which nothing is known`
  const seconds = rows.flatMap((row) => (row.length === 5 ? (row[4] ?? []) : []))
  const within = seconds.length === 0 ? '' : `, written within ${duration(Math.max(0, ...seconds))}`
  return `${uncounted}${within} before it was last seen, ${duration(sampleAgeSeconds)} before this estimate; what was written in those ${duration(sampleAgeSeconds)} comes on top`
}

function estimateCells(row: LedgerRow): (string | number)[] {
  const [partition, from, , records, seconds] = row
  return [
    partition,
    from,
    records ?? 'unknown',
    seconds === null || seconds === undefined ? 'unknown' : duration(seconds),
  ]
}

function exactCells(row: LedgerRow, since: string | undefined): (string | number)[] {
  const [partition, from, to, records, bytes, first, last] = row
  const time = (after: number | null | undefined) =>
    after === null || after === undefined || since === undefined
      ? 'unknown'
      : new Date(Date.parse(since) + after).toISOString()
  return [partition, from, to ?? 'unknown', records ?? 'unknown', bytes ?? 'unknown', time(first), time(last)]
}
