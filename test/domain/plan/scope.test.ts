import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { closeScope } from '../../../src/domain/plan/scope.ts'
import type { ScopedApplication } from '../../../src/domain/plan/scope.ts'

const pairTopics = ['invoices', 'orders', 'audit']
const applications: ScopedApplication[] = [
  { name: 'invoicing', kind: 'producer', topics: ['invoices', 'orders'] },
  { name: 'billing-1', kind: 'consumer', topics: ['invoices'], group: 'billing' },
  { name: 'auditor', kind: 'consumer', topics: ['audit'], group: 'audit' },
]

test('without topics everything of the pair moves', () => {
  expect(closeScope({ topics: undefined, pairTopics, applications })).toEqual({
    ok: true,
    topics: pairTopics,
    applications: ['invoicing', 'billing-1', 'auditor'],
    groups: ['billing', 'audit'],
  })
})

test('a set that is closed moves with its applications and groups only', () => {
  expect(closeScope({ topics: ['orders', 'invoices'], pairTopics, applications })).toEqual({
    ok: true,
    topics: ['invoices', 'orders'],
    applications: ['invoicing', 'billing-1'],
    groups: ['billing'],
  })
})

test('a set that splits an application is refused with what to add', () => {
  const scope = closeScope({ topics: ['invoices'], pairTopics, applications })
  expect(scope).toMatchObject({ ok: false })
  expect(scope.ok ? '' : scope.problem).toContain('invoicing uses orders')
  expect(scope.ok ? '' : scope.problem).toContain('Add orders.')
})

test('a set that splits a group over two applications is refused with what to add', () => {
  const shared = [
    ...applications,
    { name: 'billing-2', kind: 'consumer' as const, topics: ['audit'], group: 'billing' },
  ]
  const scope = closeScope({ topics: ['invoices', 'orders'], pairTopics, applications: shared })
  expect(scope.ok ? '' : scope.problem).toMatch(/group billing.*Add audit\./)
})

test('a set that splits what one transactional id writes is refused with what to add', () => {
  const writing = [
    ...applications,
    {
      name: 'booking',
      kind: 'consumer',
      topics: ['invoices'],
      group: 'booking',
      transactionalIds: ['books-0', 'books-1'],
    },
    { name: 'closing', kind: 'producer', topics: ['audit'], transactionalIds: ['books-1'] },
  ]
  const scope = closeScope({ topics: ['invoices', 'orders'], pairTopics, applications: writing })
  expect(scope.ok ? '' : scope.problem).toMatch(/closing \(it writes as books-1, as booking does\).*Add audit\./)
  const apart = writing.map((app) => (app.name === 'closing' ? { ...app, transactionalIds: ['books-2'] } : app))
  expect(closeScope({ topics: ['invoices', 'orders'], pairTopics, applications: apart })).toMatchObject({ ok: true })
})

test('unknown topics, no topics, and an application beyond the pair are refused by name', () => {
  const problem = (topics: string[] | undefined, apps = applications) => {
    const scope = closeScope({ topics, pairTopics, applications: apps })
    return scope.ok ? '' : scope.problem
  }
  expect(problem(['nothing'])).toContain('no topic nothing')
  expect(problem([])).toContain('No topic')
  const beyond: ScopedApplication = { name: 'export', kind: 'producer', topics: ['audit', 'elsewhere'] }
  expect(problem(undefined, [...applications, beyond])).toMatch(/export uses elsewhere.*does not hold elsewhere/)
})

test('an accepted scope splits nothing; a refused one is accepted with what it says to add', () => {
  const topic = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const app = fc.record({
    name: fc.string({ minLength: 1, maxLength: 3 }),
    kind: fc.constant('consumer' as const),
    topics: fc.uniqueArray(topic, { minLength: 1, maxLength: 3 }),
    group: fc.option(fc.constantFrom('g', 'h'), { nil: undefined }),
  })
  const pair = ['a', 'b', 'c', 'd', 'e']
  fc.assert(
    fc.property(fc.array(app, { maxLength: 5 }), fc.uniqueArray(topic, { minLength: 1 }), (apps, topics) => {
      const scope = closeScope({ topics, pairTopics: pair, applications: apps })
      if (!scope.ok) {
        const add = /Add (.*)\.$/.exec(scope.problem)?.[1]?.split(', ') ?? []
        expect(add.length).toBeGreaterThan(0)
        expect(closeScope({ topics: [...topics, ...add], pairTopics: pair, applications: apps }).ok).toBe(true)
        return
      }
      expect([...scope.topics].sort()).toEqual([...topics].sort())
      for (const a of apps) {
        const inside = a.topics.filter((t) => scope.topics.includes(t)).length
        expect([0, a.topics.length]).toContain(inside)
        if (a.group !== undefined)
          expect(scope.groups.includes(a.group)).toBe(
            apps.some((o) => o.group === a.group && o.topics.some((t) => scope.topics.includes(t))),
          )
        if (inside > 0) expect(scope.applications).toContain(a.name)
      }
    }),
  )
})
