import { expect, test } from 'vitest'
import type { MoveRecord, Settlement } from '../../../src/contract/dossier.ts'
import type { LossLedger } from '../../../src/contract/evidence.ts'
import { unreadOfMoves } from '../../../src/domain/choices/unread.ts'
import { ledgerMarkdown, pairLedgerMarkdown } from '../../../src/domain/losses/ledger-text.ts'
import { at } from '../builders.ts'

const exact: LossLedger = {
  kind: 'exact',
  takenAt: at(60),
  cluster: 'A',
  sampleAgeSeconds: null,
  records: 5,
  since: at(10),
  topics: [
    {
      topic: 'invoices',
      rows: [
        [0, 7, 12, 5, 640, 0, 3_000],
        [1, 4, 9, null],
      ],
    },
  ],
}
const estimate: LossLedger = {
  kind: 'estimate',
  takenAt: at(30),
  cluster: 'A',
  sampleAgeSeconds: 4,
  records: 3,
  topics: [{ topic: 'invoices', rows: [[0, 7, null, 3, 2]] }],
}
const settlement: Settlement = {
  cluster: 'A',
  episode: 1,
  at: at(70),
  by: 'kim',
  reason: 'booked by hand',
  action: 'discard',
  ledger: at(60),
  records: 5,
  topics: [{ topic: 'invoices', rows: [[0, 7, 12, 5]] }],
}

test('an exact ledger tells bytes and times of every range, and what could not be counted', () => {
  const text = ledgerMarkdown(exact)
  expect(text).toContain('**5 records**, 640 bytes')
  expect(text).toContain('and 1 ranges that cannot be counted')
  expect(text).toContain(`| invoices | 0 | 7 | 12 | 5 | 640 | ${at(10)} | ${at(13)} |`)
  expect(text).toContain('| invoices | 1 | 4 | 9 | unknown | unknown | unknown | unknown |')
})

test('an estimate without a sample claims nothing', () => {
  const blind = ledgerMarkdown({ ...estimate, sampleAgeSeconds: null, records: 0 })
  expect(blind).toContain('there was no sample, so nobody knows how many')
})

test('the ledgers of a pair come newest first, each with the decision on it', () => {
  const text = pairLedgerMarkdown({ version: 1, pair: 'p', ledgers: [estimate, exact], settlements: [settlement] })
  const [first, second] = text.split('## p: ').slice(1)
  expect(first).toContain('exact of')
  expect(first).toContain('**discard**: decided by kim')
  expect(first).toContain('booked by hand')
  expect(second).toContain('estimate of')
  expect(second).not.toContain('decided by')
})

test('a pair that lost nothing says so', () => {
  expect(pairLedgerMarkdown({ version: 1, pair: 'p', ledgers: [], settlements: [] })).toContain('keeps no ledger')
})

test('records on the target that no group reads are a number of their own, and unknown where nobody could count', () => {
  const move = { episode: 1, operation: 'failover', from: 'A', to: 'B', mode: 'planned', at: at(0) } as const
  const unread = [{ topic: 'invoices', topicId: 'id', rows: [[0, 0, 500, 480] as [number, number, number, number]] }]
  const moves: MoveRecord[] = [
    { ...move, drainedGroups: [], unread },
    { ...move, drainedGroups: [], at: at(60), unreadUnknown: 'B does not answer' },
    { ...move, drainedGroups: [] },
  ]
  const answer = { version: 1 as const, pair: 'p', ledgers: [], settlements: [], unread: unreadOfMoves(moves) }
  const [stranded, newest, oldest, ...more] = pairLedgerMarkdown(answer).split('## p: ')
  expect(stranded).toContain('keeps no ledger')
  expect(newest).toContain('read by no group is unknown: B does not answer.')
  expect(newest).not.toMatch(/\b0 records/)
  expect(oldest).toContain('480 records in local topics on B are read by no group: invoices (480 records)')
  expect(oldest).toContain('They are not lost')
  expect(oldest).toContain('| invoices | 0 | 0 | 500 | 480 |')
  expect(more).toEqual([])
})

test('phantoms are told with their ledger, also where nothing is stranded', () => {
  const phantoms = {
    aborted: 4,
    open: 0,
    partitions: 1,
    unread: 0,
    topics: [{ topic: 'invoices', rows: [[0, 3, 8, 4, 0] as [number, number, number, number, number]] }],
  }
  const ledger: LossLedger = { ...exact, records: 0, topics: [], phantoms }
  const text = pairLedgerMarkdown({ version: 1, pair: 'accounting', ledgers: [ledger], settlements: [] })
  expect(text).toContain('**0 records**')
  expect(text).toContain('**4 records of aborted transactions, in 1 partition**')
  expect(text).toContain('| invoices | 0 | 3 | 8 | 4 | 0 |')
})
