import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inWords } from '../../test/chaos/disasters/disaster.ts'
import type { DisasterReport } from '../../test/chaos/disasters/report.ts'
import type { MachinesReport } from '../../test/chaos/machines/play.ts'
import { inWords as pairsInWords } from '../../test/chaos/pairs/interleaving.ts'
import type { PairsReport } from '../../test/chaos/pairs/report.ts'
import type { RoundTripsReport } from '../../test/chaos/round-trips/report.ts'
import type { PlayedCell } from '../../test/chaos/doors/play.ts'
import { blows } from '../../test/chaos/doors/cell.ts'
import type { Cell, TripReport } from '../../test/chaos/kills/trip.ts'

/** A Markdown table: one row for each disaster, with the sums over its partitions. */
export function disasterTable(reports: readonly DisasterReport[]): string {
  const rows = reports.map(({ disaster, accounts, verdicts, declared, seconds, faults }) => {
    const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
    return [
      disaster.seed,
      inWords(disaster),
      sum(accounts.map(({ sent }) => sent)),
      sum(accounts.map(({ received }) => received)),
      sum(accounts.map(({ stranded }) => stranded)),
      sum(accounts.map(({ missing }) => missing)),
      `${sum(verdicts.map(({ duplicated }) => duplicated))} of ${sum(Object.values(declared))}`,
      sum(verdicts.map(({ outOfOrder }) => outOfOrder)),
      seconds,
      faults.length === 0 ? 'ok' : faults.join('; ').replaceAll('|', '\\|').replaceAll('\n', ' '),
    ]
  })
  const head = [
    'seed',
    'disaster',
    'sent',
    'received',
    'stranded',
    'lost',
    'read twice, of declared',
    'out of order',
    's',
    '',
  ]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** A Markdown table: one row for each interleaving of four pairs. */
export function pairsTable(reports: readonly PairsReport[]): string {
  const head = ['seed', 'order', 'sent', 'received', 'stranded', 'lost', 'read twice, of declared', 's', '']
  const rows = reports.map(({ interleaving, accounts, verdicts, declared, seconds, faults }) => {
    const sum = (of: 'sent' | 'received' | 'stranded' | 'missing') =>
      accounts.reduce((total, account) => total + account[of], 0)
    const twice = verdicts.reduce((total, { duplicated }) => total + duplicated, 0)
    const announced = Object.values(declared).reduce((total, one) => total + one, 0)
    return [
      interleaving.seed,
      pairsInWords(interleaving),
      sum('sent'),
      sum('received'),
      sum('stranded'),
      sum('missing'),
      `${twice} of ${announced}`,
      seconds,
      faults.length === 0 ? 'ok' : faults.join('; ').replaceAll('|', '\\|').replaceAll('\n', ' '),
    ]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** A table for each route, in the order of the trips. */
export function killTables(trips: readonly TripReport[]): string[] {
  return [...new Set(trips.map(({ route }) => route))].map(
    (route) => `Route ${route}\n\n${killTable(trips.filter((trip) => trip.route === route))}`,
  )
}

/** A Markdown table: who was lost in the middle of a failover, and what became of the records. */
export function machineTable(reports: readonly MachinesReport[]): string {
  const head = ['lost', 'failover, s', 'sent', 'received', 'lost', 'read twice', 'out of order', 's', '']
  const rows = reports.map(({ lost, failoverSeconds, verdicts, seconds, faults }) => {
    const sum = (of: 'sent' | 'received' | 'lost' | 'duplicated' | 'outOfOrder') =>
      verdicts.reduce((total, verdict) => total + verdict[of], 0)
    const counts = [sum('sent'), sum('received'), sum('lost'), sum('duplicated'), sum('outOfOrder')]
    return [lost.join(', '), failoverSeconds ?? '-', ...counts, seconds, faults.join('; ') || 'ok']
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** Two Markdown tables: the moves with the order they said would break, and what became of each topic's records. */
export function moveTable({ moves, verdicts, faults }: RoundTripsReport): string {
  const table = (head: string[], rows: (string | number)[][]) =>
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
  const made = moves.map(({ trip, kind, operation, mode, seconds, orderBreaks }) => [
    trip,
    kind,
    `${operation}, ${mode}`,
    seconds,
    orderBreaks.map(({ group, records }) => `${group} ${records ?? 'unknown'}`).join(', ') || 'none',
  ])
  const became = verdicts.map(({ topic, sent, received, lost, outOfOrder, duplicated }) => [
    topic,
    sent,
    received,
    lost,
    outOfOrder,
    duplicated,
  ])
  return [
    table(['trip', 'consumers', 'move', 's', 'order said to break'], made),
    table(['topic', 'sent', 'received', 'lost', 'out of order', 'read again'], became),
    `${faults.length === 0 ? 'ok' : faults.join('; ')}\n`,
  ].join('\n')
}

/**
 * A Markdown table: one row for each step of each operation, one column for each victim. A cell is how many seconds after the
 * victim was given back the run went on; "asks" where a person was asked, "-" where the step was over before it could be struck.
 */
function killTable(trips: readonly TripReport[]): string {
  const cells = trips.flatMap((trip) => trip.cells)
  const rows = [...new Set(cells.map(({ operation, step }) => `${operation} ${step}`))]
  const head = ['step', ...trips.map(({ name }) => name)]
  const body = rows.map((row) => [
    row,
    ...trips.map(({ cells: own }) => told(own.find(({ operation, step }) => `${operation} ${step}` === row))),
  ])
  const ends = ['**at the end**', ...trips.map(({ faults }) => (faults.length === 0 ? 'ok' : faults.join('; ')))]
  return [head, head.map(() => '---'), ...body, ends].map((line) => `| ${line.join(' | ')} |\n`).join('')
}

/** A Markdown table: one row for each step and moment of each runbook, one column for each thing that is pressed there. */
export function doorTable(cells: readonly PlayedCell[]): string {
  const name = ({ runbook, place, moment }: PlayedCell) => [runbook, place, moment].join(' | ')
  const head = ['runbook', 'step', 'when', 'played on', ...blows]
  const body = [...new Set(cells.map(name))].map((row) => [
    row,
    'dev server, in-memory ports',
    ...blows.map((door) => {
      const cell = cells.find((each) => each.door === door && name(each) === row)
      if (cell === undefined) return ''
      return cell.faults.length === 0
        ? cell.how
        : `RED: ${cell.faults.join('; ').replaceAll('|', '\\|').replaceAll('\n', ' ')}`
    }),
  ])
  return [head, head.map(() => '---'), ...body].map((line) => `| ${line.join(' | ')} |\n`).join('')
}

function told(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  if (cell.state !== 'ok') return cell.state === 'missed' ? '-' : 'RED'
  return cell.goesOnAfterMs === null ? 'asks' : `${(cell.goesOnAfterMs / 1000).toFixed(1)} s`
}

export async function writeReport(folder: string, tables: readonly string[], reports: object): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'chaos.md'), tables.join('\n'))
  await writeFile(join(folder, 'chaos.json'), `${JSON.stringify(reports, null, 2)}\n`)
}
