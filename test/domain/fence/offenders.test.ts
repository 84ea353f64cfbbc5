import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Offender } from '../../../src/contract/activities.ts'
import { offendersText, wroteMeanwhile } from '../../../src/domain/fence/offenders.ts'

const offender = (change: Partial<Offender>): Offender => ({
  topic: 't',
  partition: 0,
  from: 100,
  to: 160,
  seconds: 12,
  producers: [],
  ...change,
})

test.each<[string, Partial<Offender>, string]>([
  ['by id', { producers: [[4711, null]] }, 't-0 from 100 to 160 in 12 s (5.0 a second; producer id 4711)'],
  [
    'by name',
    { producers: [[1, 'tx']] },
    't-0 from 100 to 160 in 12 s (5.0 a second; producer id 1, transactional id tx)',
  ],
  ['without an id', {}, 't-0 from 100 to 160 in 12 s (5.0 a second; by a producer without an id)'],
  ['unknown', { producers: null, seconds: 0 }, 't-0 from 100 to 160 in 0 s (the broker does not report who)'],
  ['fast', { to: 1_300 }, 't-0 from 100 to 1300 in 12 s (100 a second; by a producer without an id)'],
  ['gone', { to: -1 }, 't-0 is not there any more (it ended at 100)'],
])('an offender is named %s', (_case, change, text) => {
  expect(offendersText([offender(change)])).toBe(text)
})

test('five are named, the others counted', () => {
  const many = Array.from({ length: 8 }, (_, partition) => offender({ partition }))
  expect(offendersText(many)).toMatch(/t-4 .*and 3 more partitions$/)
  expect(offendersText(many)).not.toContain('t-5')
})

test('whoever wrote nothing between two looks is not named, whoever wrote is', () => {
  const row = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 5 }), fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.nat({ max: 2 }), (before, partition) => {
      expect(wroteMeanwhile(before, before, partition)).toEqual([])
      const after = [...before, [partition, 99, 0, 1, 1] as [number, number, number, number, number]]
      expect(wroteMeanwhile(before, after, partition)).toEqual([99])
    }),
  )
})
