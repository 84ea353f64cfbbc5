import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ComparedCopies, ComparedTopic, CopyDifference } from '../../../src/contract/compare.ts'
import { comparedUpTo } from '../../../src/domain/compare/compared-up-to.ts'
import { rangesOf, withDifferences, withoutRange } from '../../../src/domain/compare/differences.ts'
import { dueTopics, usableRow } from '../../../src/domain/compare/due.ts'
import { kept, together } from '../../../src/domain/compare/kept.ts'
import { comparedSummary } from '../../../src/domain/compare/summary.ts'

const big = 1_234_567_890
const names = Array.from({ length: 1_000 }, (_, n) => `accounting.department-${n}.invoices`)
const topicOf = (topic: string, n: number): ComparedTopic => [
  topic,
  'abcdefABCDEF',
  1_700_000_000 + n,
  n === 7 ? 'differs' : 'same',
  [0, 1, 2].map((partition) => [partition, big, big + 1_000_000, 1_700_000_000, big, big + 1_000_000]),
]
const difference = (n: number): CopyDifference => ({
  topic: names[n] ?? '',
  copy: `${names[n]}.A`,
  partition: n % 3,
  from: big + 10 * n,
  to: big + 10 * n + 5,
  records: 5,
  at: 1_700_000_000,
})
const all: ComparedCopies = { topics: names.map(topicOf), differences: [] }

test('1,000 topics of three partitions travel in less than 32 KB, what differs first, and the others are counted', () => {
  const differences = withDifferences(
    [],
    Array.from({ length: 100 }, (_, n) => difference(n)),
  )
  const travelling = kept({ ...all, differences })
  expect(JSON.stringify(travelling).length).toBeLessThan(32 * 1024)
  expect(travelling.topics[0]?.[3]).toBe('differs')
  expect(comparedSummary(travelling)).toMatchObject({ topics: 1_000, differ: 1, same: 999 })
  expect(comparedSummary(travelling)?.oldest).toBe(new Date(1_700_000_000_000).toISOString())
})

test('what is known to be the same ends above the newest difference', () => {
  const topics: ComparedTopic[] = [['t', 'i', 1, 'differs', [[0, 10, 100, 1, 5, 95]]]]
  const missing = { ...difference(0), topic: 't', partition: 0, from: 40, to: 50 }
  expect(comparedUpTo({ topics, differences: [missing] })).toMatchObject([
    { topic: 't', partition: 0, from: 50, to: 100 },
  ])
  expect(comparedUpTo({ topics, differences: [{ ...missing, from: 90, to: 100 }] })).toEqual([])
})

test('a topic keeps the differences of whoever compared it later, the worker or what travelled', () => {
  const found = difference(0)
  const at = (time: number): ComparedTopic => [found.topic, 'i', time, 'differs', [[1, 0, 9, 1, 0, 9]]]
  const [older, newer] = [
    { topics: [at(1)], differences: [] },
    { topics: [at(2)], differences: [found] },
  ]
  expect(together(older, newer)).toEqual(newer)
  expect(together(newer, older)).toEqual(newer)
  expect(together({ topics: [at(2)], differences: [] }, newer)).toEqual(newer)
  expect(together({ topics: [], differences: [] }, newer)).toEqual(newer)
})

test('differences hold each missing offset once, and lose what is found again', () => {
  const offsets = fc.uniqueArray(fc.nat(200), { maxLength: 25 }).map((list) => list.toSorted((a, b) => a - b))
  const place = { topic: 't', copy: 't.A', partition: 0, at: 1 }
  const held = (ranges: readonly CopyDifference[]) =>
    ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, n) => from + n)).toSorted((a, b) => a - b)
  fc.assert(
    fc.property(offsets, offsets, fc.nat(200), fc.nat(60), (first, second, from, length) => {
      const both = withDifferences(rangesOf(place, first), rangesOf(place, second))
      const expected = [...new Set([...first, ...second])].toSorted((a, b) => a - b)
      if (both.length < 30 && expected.length < 30) expect(held(both)).toEqual(expected)
      else for (const offset of expected) expect(held(both)).toContain(offset)
      const left = withoutRange(both, 't', 0, { from, to: from + length })
      expect(held(left)).toEqual(held(both).filter((offset) => offset < from || offset >= from + length))
    }),
  )
})

test('topics have their turn by age, also where a turn was not finished; a mark of another log is not used', () => {
  const now = 1_700_002_000
  expect(dueTopics(all, names.slice(0, 3), { now, tried: new Map([[names[0] ?? '', now - 20]]), count: 5 })).toEqual([
    names[1],
    names[2],
    names[0],
  ])
  const at = { now, every: 86_400 }
  const within = { start: 0, top: 100, copyEnd: 90 }
  expect(usableRow([0, 10, 50, now, 8, 45], within, at)).toEqual([0, 10, 50, now, 8, 45])
  expect(usableRow([0, 10, 101, now, 8, 45], within, at)).toBeNull()
  expect(usableRow([0, 10, 50, now, 8, 91], within, at)).toBeNull()
  expect(usableRow([0, 0, 50, now - 86_400, 0, 45], within, at)).toBeNull()
  expect(usableRow([0, 10, 50, now, 8, 45], { ...within, start: 50 }, at)).toBeNull()
})
