import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CopiedRow } from '../../../src/contract/activities.ts'
import type { KeyConflicts, LossLedger } from '../../../src/contract/evidence.ts'
import { readBefore, settledTopics } from '../../../src/domain/positions/settled.ts'
import {
  copiesInto,
  copyId,
  copyPortions,
  missingCopies,
  tooLong,
  withCopies,
} from '../../../src/domain/losses/stranded-copy.ts'
import { conflictsText, rereadText, strandedText, whyRefused } from '../../../src/domain/losses/stranded-text.ts'
import { at } from '../builders.ts'

const none: KeyConflicts = { complete: true, topics: [], keyless: 0, compacted: [] }
const strict = { ordering: 'strict' as const, groups: ['billing'] }
const relaxed = { ordering: 'relaxed' as const, groups: ['billing'] }

function ledger(topics: LossLedger['topics']): LossLedger {
  return { kind: 'exact', takenAt: at(1), cluster: 'A', sampleAgeSeconds: null, records: 0, topics }
}

test('keep and replay need a second word where order is strict or a topic is compacted, and only there', () => {
  expect(whyRefused(none, relaxed)).toBeNull()
  expect(whyRefused(none, strict)).toContain('ordering is strict, and billing')
  expect(whyRefused({ ...none, compacted: ['prices'] }, relaxed)).toContain('prices is compacted')
  expect(whyRefused({ ...none, compacted: ['prices', 'rates'] }, strict)).toMatch(/are compacted.*; ordering is strict/)
})

test('conflicts are told by topic, the worst first; what could not be read is no zero', () => {
  const text = conflictsText(
    {
      complete: true,
      topics: [
        ['few', 1, 1, 0],
        ['many', 9, 4, 2],
      ],
      keyless: 3,
      compacted: [],
    },
    'B',
  )
  expect(text).toBe(
    '10 of them are older than what was written on B since under the same key (many: 9 records of 4 keys, 2 of them about deletions; few: 1 records of 1 keys). 3 have no key.',
  )
  expect(conflictsText(none, 'B')).toBe('No key of theirs was written on B since.')
  const blind = conflictsText({ ...none, complete: false }, 'B')
  expect(blind).toContain('was seen to be written')
  expect(blind).toContain('there may be more')
})

test('ranges that cannot be counted are named beside the number', () => {
  expect(strandedText(ledger([{ topic: 't', rows: [[0, 4, 9, null]] }]))).toContain(
    '0 records, and 1 ranges that cannot be counted, were written on A and never mirrored: t-0 [4, 9) ? records',
  )
})

test('every attempt of an episode is the same copy, and no other is', () => {
  expect(copyId('p', 2, 'replay')).toBe(copyId('p', 2, 'replay'))
  const ids = [
    copyId('p', 2, 'replay'),
    copyId('p', 2, 'quarantine'),
    copyId('p', 3, 'replay'),
    copyId('q', 2, 'replay'),
  ]
  expect(new Set(ids).size).toBe(4)
})

test('a name that Kafka would refuse is found before anything is created', () => {
  const long = 'x'.repeat(240)
  expect(tooLong(copiesInto('quarantine', 1), [{ topic: 'short' }, { topic: long }])).toEqual([`${long}.quarantine.1`])
  expect(tooLong(copiesInto('replay', 1), [{ topic: long }])).toEqual([])
})

test('portions together are all ranges, once and in order, and none is large', () => {
  const row = fc.tuple(fc.nat({ max: 5 }), fc.nat(), fc.nat(), fc.constant(null))
  const topics = fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 700 })
  fc.assert(
    fc.property(topics, (rows) => {
      const named = rows.map((own, index) => ({ topic: `t${index}`, rows: own }))
      const portions = copyPortions(named, '{topic}.q')
      expect(portions.every(({ length }) => length > 0 && length <= 250)).toBe(true)
      expect(portions.flat()).toEqual(
        named.map(({ topic, rows: own }) => ({
          topic,
          into: `${topic}.q`,
          ranges: own.map(([partition, from, to]) => [partition, from, to]),
        })),
      )
    }),
    { numRuns: 30 },
  )
})

test('the receipt says where the copies lie; what was counted and not copied is missing', () => {
  const counted = ledger([
    {
      topic: 't',
      rows: [
        [0, 1, 3, null],
        [0, 3, 8, 5, 100, 0, 0],
        [1, 0, 2, 2, 10, 0, 0],
      ],
    },
  ])
  const copied: { topic: string; rows: CopiedRow[] }[] = [
    {
      topic: 't',
      rows: [
        [0, 5, 40, 44],
        [1, 2, 7, 8],
      ],
    },
  ]
  expect(withCopies(settledTopics(counted), copied)[0]?.rows).toEqual([
    [0, 1, 3, null, 40, 44],
    [0, 3, 8, 5, 40, 44],
    [1, 0, 2, 2, 7, 8],
  ])
  expect(missingCopies(counted, copied)).toEqual([])
  expect(missingCopies(counted, [{ topic: 't', rows: [[0, 4, 40, 43]] }])).toEqual(['t-0: 4 of 5', 't-1: 0 of 2'])
})

test('ledger and receipt of a thousand topics fit a payload each', () => {
  const rows = (n: number): LossLedger['topics'][0]['rows'] =>
    Array.from({ length: 3 }, (_, p) => [p, 12_345_678, 12_349_999, 4_321, 1_234_567, n * 1_000, 9_876_543])
  const topics = Array.from({ length: 1_000 }, (_, n) => ({ topic: `accounting.invoices.region.${n}`, rows: rows(n) }))
  const counted = { ...ledger(topics), since: at(1) }
  const copied = topics.map(({ topic, rows: own }) => ({
    topic,
    rows: own.map(([p]): CopiedRow => [p, 4_321, 12_345_678, 12_349_999]),
  }))
  const receipt = withCopies(settledTopics(counted), copied)
  const limit = 256 * 1024
  expect(JSON.stringify({ type: 'ledger', ledger: counted }).length).toBeLessThan(limit)
  expect(JSON.stringify(receipt).length).toBeLessThan(limit - 1_000)
  for (const portion of copyPortions(receipt, copiesInto('quarantine', 1)))
    expect(JSON.stringify(portion).length).toBeLessThan(limit)
})

test('what a group had committed before the cluster died is what a replay gives it again', () => {
  const snapshot = (second: number, group: string, offsets: [number, number][], cluster = 'A') => ({
    cluster,
    episode: 1,
    at: at(second),
    groups: [{ group, topics: [{ topic: 't', offsets }] }],
  })
  const topics = settledTopics(
    ledger([
      {
        topic: 't',
        rows: [
          [0, 10, 20, 8, 100, 0, 0],
          [1, 10, 20, 10, 100, 0, 0],
        ],
      },
    ]),
  )
  const snapshots = [
    snapshot(1, 'billing', [[0, 12]]),
    snapshot(2, 'billing', [
      [0, 20],
      [1, 13],
    ]),
    snapshot(2, 'behind', [[0, 10]]),
    snapshot(3, 'elsewhere', [[0, 20]], 'B'),
  ]
  const read = readBefore({ snapshots }, 'A', topics)
  expect(read).toEqual([{ group: 'billing', records: 8 + 3 }])
  expect(rereadText(read, 'A')).toBe(
    'only by replay, what had been read on A already, by what was committed there: billing 11.',
  )
  expect(rereadText([], 'A')).toBeUndefined()
})
