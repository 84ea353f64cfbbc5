import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inWords } from '../../test/chaos/disasters/disaster.ts'
import type { DisasterReport } from '../../test/chaos/disasters/play.ts'

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

export async function writeReport(folder: string, table: string, reports: readonly DisasterReport[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'chaos.md'), table)
  await writeFile(join(folder, 'chaos.json'), `${JSON.stringify(reports, null, 2)}\n`)
}
