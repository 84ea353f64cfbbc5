import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AclEntry } from '../../../src/contract/dossier.ts'
import { knownPrincipals, topicsWithoutProducer, unlistedWriters } from '../../../src/domain/fence/writers.ts'
import { anAcl } from '../builders.ts'

const allow = (change: Partial<AclEntry>): AclEntry => anAcl({ permission: 'allow', ...change })
const writers = (acls: AclEntry[], known: string[] = []) =>
  unlistedWriters({ acls: [acls], topics: ['t.a', 't.b'], known })

test.each<[string, AclEntry, string[]]>([
  ['literally', allow({ name: 't.a', principal: 'User:x' }), ['t.a']],
  ['by a prefix', allow({ name: 't.', pattern: 'prefixed', principal: 'User:x' }), ['t.a', 't.b']],
  ['on all topics', allow({ name: '*', principal: 'User:x' }), ['t.a', 't.b']],
  ['by All', allow({ name: 't.b', operation: 'ALL', principal: 'User:x' }), ['t.b']],
])('a principal allowed %s is a writer', (_case, acl, topics) => {
  expect(writers([acl])).toEqual([{ principal: 'User:x', topics }])
})

test('reading, another topic, a group and a denial make no writer', () => {
  const entries = [
    allow({ name: 't.a', operation: 'Read' }),
    allow({ name: 'other', principal: 'User:other' }),
    allow({ name: 't.a', resource: 'group', principal: 'User:group' }),
    anAcl({ name: 't.a', principal: 'User:denied' }),
  ]
  expect(writers(entries)).toEqual([])
})

test('a writer that is denied again is none, and everybody is one', () => {
  const both = [
    allow({ name: '*', principal: 'User:x' }),
    anAcl({ name: 't.', pattern: 'prefixed', principal: 'User:x' }),
  ]
  expect(writers(both)).toEqual([])
  expect(writers([allow({ name: 't.a', principal: 'User:*' })])).toEqual([{ principal: 'User:*', topics: ['t.a'] }])
})

test('every principal that is allowed is known or told, whatever else is allowed and denied', () => {
  const acl = fc.record({
    principal: fc.constantFrom('User:a', 'User:b', 'User:*'),
    name: fc.constantFrom('t.a', 't.b', 't.', '*', 'u'),
    pattern: fc.constantFrom('literal' as const, 'prefixed' as const),
    operation: fc.constantFrom('Write', 'Read', 'All'),
    permission: fc.constantFrom('allow' as const, 'deny' as const),
  })
  fc.assert(
    fc.property(fc.array(acl, { maxLength: 12 }), (entries) => {
      const found = writers(entries.map(anAcl), ['User:b'])
      expect(found.map(({ principal }) => principal)).not.toContain('User:b')
      const denies = entries.some(({ permission }) => permission === 'deny')
      const open = entries.some(
        ({ principal, operation, name, permission }) =>
          permission === 'allow' && principal === 'User:a' && operation !== 'Read' && name === 't.a',
      )
      // Without a denial an allowance can have no other outcome.
      if (open && !denies) expect(found.map(({ principal }) => principal)).toContain('User:a')
    }),
  )
})

test('an application that was listed after the plan was made is not known: the run would not stop it', () => {
  const planned = [{ kind: 'producer' as const, principal: 'User:entry', topics: ['t'] }]
  const late = { kind: 'producer' as const, principal: 'User:late', topics: ['t'] }
  const elsewhere = { kind: 'producer' as const, principal: 'User:elsewhere', topics: ['u'] }
  const known = knownPrincipals({ topics: ['t'], planned, configured: [...planned, late, elsewhere] })
  expect(known).toEqual(['User:entry', 'User:elsewhere'])
})

test('only a producer makes a topic written by a listed application', () => {
  const apps = [
    { kind: 'producer' as const, topics: ['t'] },
    { kind: 'consumer' as const, topics: ['t', 'u'] },
  ]
  expect(topicsWithoutProducer(['t', 'u'], apps)).toEqual(['u'])
})
