import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OffsetPlan } from '../../../src/contract/offset-plan.ts'
import { judgeReread, rereadDeclared, rereadPlaces, rereadText } from '../../../src/domain/positions/reread.ts'
import { aMove, aPlan } from '../builders.ts'

const open = { group: 'billing', declared: 100, counted: null, unknown: 0 }

test('what a group read twice, or was placed behind, is counted to the record over any log', () => {
  const log = fc.array(fc.constantFrom('data' as const, 'marker' as const), { maxLength: 30 })
  fc.assert(
    fc.property(log, fc.nat({ max: 100 }), fc.nat({ max: 100 }), fc.nat({ max: 100 }), (source, m, g, c) => {
      const share = (percent: number, of: number) => Math.floor((percent * of) / 100)
      const mirrored = share(m, source.length)
      const committed = share(g, source.length)
      // The copy has markers of its own.
      const copy = source.slice(0, mirrored).flatMap((kind, offset) => (kind === 'data' ? [offset, null] : []))
      const chosen = share(c, copy.length)
      const data = (offsets: (number | null)[]) => offsets.filter((offset) => offset !== null)
      const judged = judgeReread(open, [
        {
          placed: data(copy.slice(chosen)).length,
          unread: source.slice(committed, mirrored).filter((kind) => kind === 'data').length,
        },
      ])
      const again = data(copy.slice(chosen)).filter((offset) => offset < committed).length
      const passedOver = data(copy.slice(0, chosen)).filter((offset) => offset >= committed).length
      expect(judged.counted).toBe(again)
      expect(judged.skipped ?? 0).toBe(passedOver)
      expect(judged.unknown).toBe(0)
    }),
  )
})

test('partitions that cannot be counted are told, and nothing is made of them', () => {
  const untold = { placed: 5, unread: null }
  expect(judgeReread(open, [untold])).toEqual({ ...open, unknown: 1 })
  expect(judgeReread(open, [untold, { placed: 9, unread: 4 }])).toEqual({ ...open, counted: 5, unknown: 1 })
  expect(rereadText({ ...open, counted: 5, unknown: 1, skipped: 2 })).toBe(
    'billing: 5 of at most 100 declared, 1 partitions could not be counted, 2 records it had not read were PASSED OVER',
  )
  expect(rereadText(open)).toBe('billing: at most 100 declared, not counted')
})

const offsets: OffsetPlan = {
  groups: [
    {
      group: 'billing',
      duplicates: 40,
      rows: [
        ['t.A', 0, 60, 70, 60, 40, 'translated by the link', 'reached'],
        ['t', 0, 0, -1, -1, 0, 'cut', 'done'],
      ],
    },
    { group: 'audit', duplicates: 0, rows: [['t.A', 0, 100, 100, 90, 0, 'end after a planned drain', 'done']] },
  ],
  obstacles: [],
}

test('who drained and is behind everything reads nothing twice; of the others the copies are to be counted', () => {
  const reread = rereadDeclared(offsets, ['audit'])
  expect(reread).toEqual([
    { group: 'billing', declared: 40, counted: null, unknown: 0 },
    { group: 'audit', declared: 0, counted: 0, unknown: 0 },
  ])
  // Not to have read is not proven by being placed at the end.
  expect(rereadDeclared(offsets, [])[1]?.counted).toBeNull()
  // Nor is what a drained group comes back to in a local topic.
  expect(rereadDeclared(offsets, ['billing'])[0]?.counted).toBeNull()
  const applications = ['billing', 'audit'].map((group) => ({
    name: group,
    kind: 'consumer' as const,
    group,
    topics: ['t'],
  }))
  const plan = aPlan({ groups: ['billing', 'audit'], applications })
  expect(rereadPlaces(plan, aMove({ mode: 'forced', drainedGroups: ['audit'], reread }), offsets)).toEqual([
    { group: 'billing', topics: [{ topic: 't', rows: [[0, 60, 100]] }] },
  ])
  const counted = reread.map((each) => ({ ...each, counted: 0 }))
  expect(rereadPlaces(plan, aMove({ mode: 'forced', reread: counted }), offsets)).toEqual([])
})
