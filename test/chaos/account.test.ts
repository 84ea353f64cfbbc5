import { expect, test } from 'vitest'
import type { ReceivedRecord, SentRecord } from '../../lab/apps/records.ts'
import type { Settlement } from '../../src/contract/dossier.ts'
import { accountOf, readAgainByReplay } from './disasters/account.ts'
import { disastersFrom } from './disasters/disaster.ts'
import { faultsOf } from './disasters/judge.ts'
import type { DisasterReport } from './disasters/report.ts'

const range = { cluster: 'A', topic: 'orders', partition: 0, from: 2, to: 4 }
/** Five records at the offsets 0 to 4; the ledger has those at 2 and 3. */
const sent = Array.from({ length: 5 }, (_, offset): SentRecord => ({
  cluster: 'A',
  topic: 'orders',
  partition: 0,
  offset,
  key: 'k',
  seq: offset + 1,
  at: 0,
}))
const readAt = (...offsets: number[]) =>
  offsets.map((offset): ReceivedRecord => {
    const where = { topic: 'orders.A', origin: 'orders', partition: 0, cluster: 'B' }
    return { ...where, offset, key: 'k', seq: offset + 1, at: 5 }
  })

function faults(settle: Settlement['action'], ...offsets: number[]): string[] {
  return faultsAfter(0, settle, ...offsets)
}

/** As all records were read at 5, 0 stands for a return before that, 5 for one after it. */
function faultsAfter(backAt: number, settle: Settlement['action'], ...offsets: number[]): string[] {
  const [disaster] = disastersFrom(1, 1)
  if (!disaster) throw new Error('no disaster')
  const report: Omit<DisasterReport, 'disaster'> = {
    seconds: 0,
    operations: [],
    stranded: [range],
    ledger: [range],
    copied: settle === 'replay' || settle === 'quarantine' ? range.to - range.from : 0,
    accounts: accountOf(sent, readAt(...offsets), [range], backAt),
    verdicts: [],
    declared: {},
    faults: [],
  }
  return faultsOf({ ...report, disaster: { ...disaster, settle } })
}

test('every acknowledged record is received, in the ledger, or missing', () => {
  const [account] = accountOf(
    [...sent, { ...sent[0], maybe: true, error: 'no answer' } as SentRecord],
    readAt(0, 0, 3),
    [range],
  )
  expect(account).toMatchObject({ sent: 5, received: 2, stranded: 1, missing: 2, strandedAndReceived: 1 })
})

test('what was discarded or put aside may not be read, what is kept or replayed must be', () => {
  expect(faults('discard', 0, 1, 4)).toEqual([])
  expect(faults('quarantine', 0, 1, 4)).toEqual([])
  expect(faults('keep', 0, 1, 2, 3, 4)).toEqual([])
  expect(faults('replay', 0, 1, 2, 3, 4)).toEqual([])
  expect(faults('keep', 0, 1, 4)).toEqual([expect.stringMatching(/^2 stranded records .* not read/)])
  expect(faults('discard', 0, 1, 3, 4)).toEqual([expect.stringMatching(/^1 stranded records .* were read/)])
})

test('what a consumer had fetched before the cluster was lost is no record that was to stay unread', () => {
  expect(faultsAfter(5, 'discard', 0, 1, 2, 3, 4)).toEqual([])
})

test('a replay is read again by whom had read the records before the cluster was back, and by nobody else', () => {
  expect(readAgainByReplay(accountOf(sent, readAt(0, 1, 2), [range], 5), 'orders')).toBe(1)
  expect(readAgainByReplay(accountOf(sent, readAt(0, 1, 2), [range], 4), 'orders')).toBe(0)
  expect(readAgainByReplay(accountOf(sent, readAt(0, 1, 2), [range], 5), 'others')).toBe(0)
})

test('a record that nobody read and no ledger names is lost unseen', () => {
  expect(faults('discard', 1, 4)).toEqual(['1 of 5 records of orders-0 on A are lost unseen'])
})

test('a seed gives the same disaster, alone and in a row', () => {
  expect(disastersFrom(7, 1)).toEqual(disastersFrom(5, 3).slice(2))
})
