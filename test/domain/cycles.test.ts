import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Naming } from '../../src/contract/plan.ts'
import { refusedTopics } from '../../src/domain/cycles.ts'
import { origin, remoteName } from '../../src/domain/naming.ts'

const naming: Naming = { kind: 'suffix', separator: '.', aliases: ['A', 'B', 'C'] }
const reverse = { naming, from: 'B', to: 'A', otherLinks: [] }

test('a pattern that would send a copy back to its origin is refused with the loop', () => {
  const liveTopics = ['accounting.invoices', 'accounting.invoices.A', 'other.A']
  expect(refusedTopics({ ...reverse, selection: String.raw`accounting\..*`, liveTopics })).toEqual([
    { topic: 'accounting.invoices.A', loop: ['B:accounting.invoices.A', 'A:accounting.invoices.A.B'] },
  ])
})

test('exact names of local topics are accepted', () => {
  const liveTopics = ['accounting.invoices', 'accounting.invoices.A']
  expect(refusedTopics({ ...reverse, selection: String.raw`accounting\.invoices`, liveTopics })).toEqual([])
})

test('a copy that passed through another cluster is still refused', () => {
  const refused = refusedTopics({ ...reverse, selection: '.*', liveTopics: ['t.A.C', 't.C'] })
  expect(refused.map(({ topic }) => topic)).toEqual(['t.A.C'])
})

test('a loop that other links close is spelled out to its end', () => {
  const otherLinks = [
    { from: 'A', to: 'C', selection: String.raw`t\..*` },
    { from: 'C', to: 'B', selection: '.*' },
  ]
  expect(refusedTopics({ ...reverse, selection: 't', liveTopics: ['t'], otherLinks })).toEqual([
    { topic: 't', loop: ['B:t', 'A:t.B', 'C:t.B.A', 'B:t.B.A.C'] },
  ])
})

test('another link that does not select the copy closes no loop', () => {
  const otherLinks = [{ from: 'A', to: 'B', selection: 't' }]
  expect(refusedTopics({ ...reverse, selection: 't', liveTopics: ['t'], otherLinks })).toEqual([])
})

test('with one link, exactly what has been on the target is refused', () => {
  const live = fc.tuple(fc.constantFrom('t', 'u.v'), fc.array(fc.constantFrom('A', 'C'), { maxLength: 3 }))
  fc.assert(
    fc.property(fc.array(live, { maxLength: 6 }), (specs) => {
      const liveTopics = [
        ...new Set(specs.map(([t, path]) => path.reduce<string>((n, a) => remoteName(naming, a, n), t))),
      ]
      const refused = refusedTopics({ ...reverse, selection: '.*', liveTopics }).map(({ topic }) => topic)
      expect(refused).toEqual(liveTopics.filter((t) => origin(naming, t).path.includes('A')))
    }),
  )
})

test('the walk ends for any links', () => {
  const link = fc.record({
    from: fc.constantFrom('A', 'B', 'C'),
    to: fc.constantFrom('A', 'B', 'C'),
    selection: fc.constantFrom('.*', 't', '^$'),
  })
  fc.assert(
    fc.property(fc.array(link, { maxLength: 6 }), (otherLinks) => {
      for (const { loop } of refusedTopics({ ...reverse, selection: '.*', liveTopics: ['t', 't.A'], otherLinks })) {
        const stations = loop.map((station) => station.split(':')[0])
        expect(new Set(stations).size).toBeLessThanOrEqual(3)
        expect(loop.length).toBeGreaterThan(1)
      }
    }),
  )
})
