import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LagHistory, LagPoint } from '../../../src/contract/watch.ts'
import { mostSlots, noHistory, recent, tiers, withPoint } from '../../../src/domain/watch/lag-history.ts'
import { at } from '../builders.ts'

const point = (seconds: number, lag: number | null, worst: LagPoint['worst'] = []): LagPoint => ({
  at: at(seconds),
  lag,
  ends: lag,
  mirrored: 0,
  sourceReachable: lag !== null,
  linkReachable: true,
  worst,
})
const start = Date.parse(at(0)) / 1000
const after = (points: LagPoint[]): LagHistory => points.reduce(withPoint, noHistory)

test('a day and a half of looks stays within its slots and 64 KB, with names as long as Kafka allows', () => {
  const largest = 2 ** 53 - 1
  let history = noHistory
  // As finely as each part is kept: whole only at the end.
  for (let second = 0; second < 130_000; second += second < 129_000 ? 60 : 5) {
    const worst: LagPoint['worst'] = Array.from({ length: 10 }, (_, n) => [
      `${second % 97}-${n}-`.padEnd(249, 'x'),
      largest - (second % 1_000),
    ])
    history = withPoint(history, { ...point(second, largest, worst), ends: largest, mirrored: largest })
  }
  expect(history.slots.length).toBeLessThanOrEqual(mostSlots)
  expect(history.slots.length).toBeGreaterThan(380)
  expect(history.worst.length).toBe(50)
  expect(JSON.stringify(history).length).toBeLessThan(64 * 1024)
})

test('whatever the looks, the slots are bounded, in order, within a day, and forget no look and no worst lag of it', () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.option(fc.nat(1_000))), { maxLength: 600 })
  fc.assert(
    fc.property(gaps, (steps) => {
      let now = 0
      const points = steps.map(([gap, lag]) => point((now += gap), lag))
      const history = after(points)
      const { slots } = history
      expect(slots.length).toBeLessThanOrEqual(mostSlots)
      expect(slots.every((slot, index) => index === 0 || slot[0] > (slots[index - 1]?.[0] ?? 0))).toBe(true)
      const oldest = slots[0]?.[0] ?? start + now
      const inside = points.filter(({ at: time }) => Date.parse(time) / 1000 >= oldest)
      expect(slots.reduce((sum, slot) => sum + slot[5], 0)).toBe(inside.length)
      expect(slots.reduce((sum, slot) => sum + slot[6], 0)).toBe(inside.filter(({ lag }) => lag === null).length)
      expect(Math.max(-1, ...slots.map((slot) => slot[2]))).toBe(Math.max(-1, ...inside.map(({ lag }) => lag ?? -1)))
      // What is lost is older than the last tier, give or take one of its slots.
      expect(now + start - oldest).toBeLessThanOrEqual(tiers[2].forSeconds + tiers[2].slotSeconds)
      const known = points.findLast(({ lag }) => lag !== null)?.lag
      if (known !== undefined && inside.length === points.length) {
        expect(slots.findLast((slot) => slot[1] >= 0)?.[1]).toBe(known)
      }
    }),
    { numRuns: 60 },
  )
})

test('the last 15 minutes are whole to 5 s, then minutes, then ten minutes', () => {
  const { slots } = after(Array.from({ length: 4_000 }, (_, n) => point(n * 5, n)))
  const newest = slots.at(-1)?.[0] ?? 0
  const steps = slots
    .slice(1)
    .map((slot, index) => ({ age: newest - slot[0], step: slot[0] - (slots[index]?.[0] ?? 0) }))
  expect(steps.filter(({ age }) => age < 895).every(({ step }) => step === 5)).toBe(true)
  expect(steps.filter(({ age }) => age > 970 && age < 7_100).every(({ step }) => step === 60)).toBe(true)
  expect(steps.filter(({ age }) => age > 8_400).every(({ step }) => step === 600)).toBe(true)
})

test('a topic keeps its worst lag for a day', () => {
  const history = after([point(0, 9, [['t', 9]]), point(10, 3, [['t', 3]])])
  expect(history.worst).toEqual([['t', 9, start]])
  expect(withPoint(history, point(90_000, 2, [['t', 2]])).worst).toEqual([['t', 2, start + 90_000]])
})

test('the recent slots are those of the last seconds', () => {
  const history = after([0, 100, 200, 300].map((second) => point(second, second)))
  expect(recent(history, 150).map(([, lag]) => lag)).toEqual([200, 300])
})

test('a time nobody can read is left out', () => {
  expect(withPoint(noHistory, { ...point(0, 1), at: 'yesterday' })).toEqual(noHistory)
})
