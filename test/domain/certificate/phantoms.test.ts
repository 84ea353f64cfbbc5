import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { phantomsMarkdown } from '../../../src/domain/losses/ledger-text.ts'
import {
  type PartitionPhantoms,
  phantomsOf,
  phantomsText,
  phantomsWhenLastSeen,
} from '../../../src/domain/certificate/phantoms.ts'

const none = { aborted: [], open: [], complete: true }

test('nothing found is nothing told, unless something was left unread', () => {
  expect(phantomsOf([{ topic: 't', partition: 0, ...none }])).toBeNull()
  expect(phantomsOf([{ topic: 't', partition: 0, ...none, complete: false }])).toMatchObject({ unread: 1, topics: [] })
})

const ranges = fc
  .uniqueArray(fc.nat(50), { maxLength: 8 })
  .map((starts) => starts.sort((a, b) => a - b).map((n): [number, number, number] => [n * 10, n * 10 + 5, (n % 5) + 1]))
const partitions = fc.uniqueArray(
  fc.record({
    topic: fc.constantFrom('a', 'b'),
    partition: fc.nat(5),
    aborted: ranges,
    open: ranges,
    complete: fc.boolean(),
  }),
  { selector: ({ topic, partition }) => `${topic}/${partition}` },
)

test('however much there is, totals are exact, rows are bounded, and each row lies over what it counts', () => {
  fc.assert(
    fc.property(partitions, fc.integer({ min: 1, max: 40 }), (found, most) => {
      const told = phantomsOf(found, most)
      const count = (kind: 'aborted' | 'open') =>
        found.flatMap((one) => one[kind]).reduce((sum, [, , records]) => sum + records, 0)
      expect([told?.aborted ?? 0, told?.open ?? 0]).toEqual([count('aborted'), count('open')])
      const rows = told?.topics.flatMap(({ topic, rows: ofTopic }) => ofTopic.map((row) => ({ topic, row }))) ?? []
      expect(rows.length).toBeLessThanOrEqual(most)
      for (const {
        topic,
        row: [partition, from, to, aborted, open],
      } of rows) {
        const here = (kind: 'aborted' | 'open') =>
          found
            .filter((one) => one.topic === topic && one.partition === partition)
            .flatMap((one) => one[kind])
            .filter((range) => range[0] >= from && range[1] <= to)
            .reduce((sum, [, , records]) => sum + records, 0)
        expect(aborted).toBeLessThanOrEqual(here('aborted'))
        expect(open).toBeLessThanOrEqual(here('open'))
        expect(aborted + open).toBeGreaterThan(0)
      }
      // As long as there is a row for each partition, no record is without its row.
      if ((told?.partitions ?? 0) <= most)
        expect(rows.reduce((sum, { row }) => sum + row[3] + row[4], 0)).toBe(count('aborted') + count('open'))
    }),
  )
})

test('of a dark source only what was undecided and is mirrored may be a phantom', () => {
  const sample = {
    at: '2026-01-01T00:00:00.000Z',
    sourceReachable: true,
    linkReachable: true,
    totalLag: 0,
    ends: [
      {
        topic: 't',
        partitions: [
          [0, 0, 20, 12],
          [1, 0, 20, 20],
          [2, 0, 20, 12],
        ] as [number, number, number, number][],
      },
    ],
    mirroredTo: [
      {
        topic: 't',
        offsets: [
          [0, 12],
          [1, 19],
          [2, 11],
        ] as [number, number][],
      },
    ],
    groups: [],
  }
  const newer = [{ topic: 't', offsets: [[0, 16]] as [number, number][] }]
  expect(phantomsWhenLastSeen(sample, newer, ['t'])).toEqual({
    aborted: 0,
    open: 5,
    partitions: 1,
    unread: 1,
    topics: [{ topic: 't', rows: [[0, 12, 17, 0, 5]] }],
  })
  expect(phantomsWhenLastSeen(sample, newer, ['other'])).toBeNull()
  expect(phantomsWhenLastSeen(null, newer, ['t'])).toBeNull()
})

test('they are told as a total and range by range', () => {
  const found: PartitionPhantoms[] = [
    { topic: 't', partition: 1, aborted: [[3, 7, 4]], open: [[9, 11, 2]], complete: false },
  ]
  const told = phantomsOf(found)
  expect(told && phantomsText(told)).toBe(
    '4 records of aborted transactions and 2 of undecided ones, in 1 partition (and what is in the unread, older part of 1 partition)',
  )
  expect(told && phantomsMarkdown(told, 'A')).toContain('| t | 1 | 3 | 7 | 4 | 0 |')
})
