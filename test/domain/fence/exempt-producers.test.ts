import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AclEntry } from '../../../src/contract/dossier.ts'
import { covers, derivedAccess } from '../../../src/domain/fence/acl.ts'
import { exemptProducers, type ProducersSeen } from '../../../src/domain/fence/exempt-producers.ts'
import { anAcl } from '../builders.ts'

const now = Date.parse('2026-01-17T12:00:00Z')
const written = (at: number): ProducersSeen['producers'] => [{ topic: 'orders', producers: [[0, 7, 0, 1, at]] }]
const entry = { name: 'entry', principal: 'User:entry', topics: ['orders'], runs: true }
const reads = anAcl({ name: 'orders', operation: 'Read', principal: 'User:billing', permission: 'allow' })
const writes = anAcl({ name: 'orders', operation: 'Write', principal: 'User:entry', permission: 'allow' })
const seen = (change: Partial<ProducersSeen>): ProducersSeen => ({
  acls: [[reads]],
  open: null,
  producers: written(now - 1_000),
  asked: [],
  applications: [entry],
  now,
  ...change,
})
const asked = (change: object) => [{ principal: 'User:entry', allowed: [], administers: [], ...change }]

test.each<[string, Partial<ProducersSeen>]>([
  ['it runs, and somebody writes where no ACL lets anybody', {}],
  ['the same on a topic without an ACL, where those are closed', { acls: [[]], open: false }],
])('a producer is probably exempt: %s', (_why, change) => {
  const found = { principal: 'User:entry', names: ['entry'], topics: ['orders'], evidence: 'writes' }
  expect(exemptProducers(seen(change))).toEqual([found])
})

test.each<[string, Partial<ProducersSeen>]>([
  ['the brokers let it write', { asked: asked({ allowed: ['orders'] }) }],
  [
    'it has an ACL to write, and the brokers let it delete',
    {
      acls: [[reads, writes]],
      asked: asked({ allowed: ['orders'], administers: ['orders'] }),
      applications: [{ ...entry, runs: false }],
    },
  ],
])('a producer is exempt by the word of the brokers: %s', (_why, change) => {
  expect(exemptProducers(seen(change))).toMatchObject([{ principal: 'User:entry', evidence: 'broker' }])
})

test.each<[string, Partial<ProducersSeen>]>([
  ['it is stopped, or runs elsewhere', { applications: [{ ...entry, runs: false }] }],
  ['nobody with an id writes there', { producers: [] }],
  ['the last write is an hour old', { producers: written(now - 3_600_000) }],
  ['the time of the last write is not known', { producers: written(-1) }],
  ['it may write by an ACL', { acls: [[reads, writes]] }],
  ['it may write by an ACL of one broker', { acls: [[reads], [reads, writes]] }],
  ['another one may write by an ACL', { acls: [[{ ...writes, principal: 'User:other' }]] }],
  ['everybody may write by an ACL', { acls: [[{ ...writes, principal: 'User:*' }]] }],
  ['the topic has no ACL, and whether it is open is not known', { acls: [[]] }],
  ['the topic has no ACL and is open', { acls: [[]], open: true }],
  ['the brokers say that it may not write', { asked: asked({}) }],
  [
    'it may do everything by an ACL',
    {
      acls: [[{ ...writes, operation: 'All' }]],
      asked: asked({ allowed: ['orders'], administers: ['orders'] }),
    },
  ],
])('nothing is concluded where %s', (_why, change) => {
  expect(exemptProducers(seen(change))).toEqual([])
})

const principals = ['User:entry', 'User:other', 'User:*']
const acl = fc
  .record({
    name: fc.constantFrom('orders', 'parts', '*'),
    principal: fc.constantFrom(...principals),
    operation: fc.constantFrom('Write', 'Read', 'Alter', 'Delete', 'All'),
    permission: fc.constantFrom('allow' as const, 'deny' as const),
  })
  .map((change) => anAcl(change))

/** What an authorizer without super users lets somebody do. */
function lets(
  acls: AclEntry[],
  open: boolean,
  principal: string,
  operation: 'Write' | 'Alter' | 'Delete',
  topic: string,
) {
  if (!acls.some((one) => covers(one, topic))) return open
  return derivedAccess(acls, principal, operation, [topic]).allowed.length > 0
}

test('property: on a cluster without super users nobody is taken for one, whatever ACLs there are and whoever is asked', () => {
  const topics = ['orders', 'parts']
  fc.assert(
    fc.property(
      fc.array(acl, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.constantFrom(...principals.slice(0, 2)), { maxLength: 2 }),
      (acls, open, known, asking) => {
        const may = (principal: string, operation: 'Write' | 'Alter' | 'Delete') =>
          topics.filter((topic) => lets(acls, open, principal, operation, topic))
        const writers = principals.slice(0, 2)
        const found = exemptProducers({
          acls: [acls],
          open: known ? open : null,
          producers: topics.flatMap((topic) =>
            writers.some((one) => may(one, 'Write').includes(topic))
              ? [{ topic, producers: [[0, 7, 0, 1, now] as [number, number, number, number, number]] }]
              : [],
          ),
          asked: [...new Set(asking)].map((principal) => ({
            principal,
            allowed: may(principal, 'Write'),
            administers: may(principal, 'Alter').filter((topic) => may(principal, 'Delete').includes(topic)),
          })),
          applications: writers.map((principal) => ({ name: principal, principal, topics, runs: true })),
          now,
        })
        expect(found).toEqual([])
      },
    ),
  )
})

test('property: a super user whose credentials are configured is found wherever no ACL gives it everything', () => {
  fc.assert(
    fc.property(fc.array(acl, { maxLength: 6 }), (acls) => {
      const found = exemptProducers(
        seen({ acls: [acls], open: false, asked: asked({ allowed: ['orders'], administers: ['orders'] }) }),
      )
      const all = (['Write', 'Alter', 'Delete'] as const).every(
        (operation) => derivedAccess(acls, 'User:entry', operation, ['orders']).allowed.length > 0,
      )
      expect(found.length).toBe(all ? 0 : 1)
    }),
  )
})
