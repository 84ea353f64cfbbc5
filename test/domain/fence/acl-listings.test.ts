import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bearer, covers, derivedAccess, missingAcls, sameAcl, withoutAcl } from '../../../src/domain/fence/acl.ts'
import { allowedSomewhere, listedSomewhere, spreadOf } from '../../../src/domain/fence/acl-listings.ts'
import { anAcl } from '../builders.ts'

const deny = anAcl({ name: 'orders' })
const allow = anAcl({ name: 'orders', permission: 'allow' })

test.each([
  ['on every broker', [[deny, allow], [deny]], { missing: [], partly: [] }],
  ['on one of two', [[deny], [allow]], { missing: [], partly: [deny] }],
  ['on none', [[allow], []], { missing: [deny], partly: [] }],
  ['where no broker has told', [], { missing: [deny], partly: [] }],
])('an entry %s', (_where, listings, spread) => {
  expect(spreadOf(listings, [deny])).toEqual(spread)
})

test('what one broker lists counts as left, and what one broker allows as allowed', () => {
  expect(listedSomewhere([[deny], [deny, allow]])).toEqual([deny, allow])
  const may = (listings: (typeof deny)[][]) => allowedSomewhere(listings, deny.principal, 'Write', ['orders'])
  expect(may([[allow, deny], [allow]])).toEqual(['orders'])
  expect(may([[allow, deny]])).toEqual([])
})

const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 4 })
const entry = fc
  .record({
    name,
    pattern: fc.constantFrom('literal' as const, 'prefixed' as const),
    permission: fc.constantFrom('allow' as const, 'deny' as const),
    operation: fc.constantFrom('Write', 'WRITE', 'Read', 'All'),
    host: fc.constantFrom('*', '10.0.0.1'),
  })
  .map((change) => anAcl(change))
const listing = fc.array(entry, { maxLength: 5 })

test('property: nothing that a broker lacks counts as there, and nothing that a broker has counts as gone', () => {
  fc.assert(
    fc.property(fc.array(listing, { minLength: 1, maxLength: 4 }), listing, (listings, wanted) => {
      const { missing, partly } = spreadOf(listings, wanted)
      for (const acl of wanted) {
        const on = listings.filter((acls) => acls.some((one) => sameAcl(one, acl))).length
        expect(missing.includes(acl)).toBe(on === 0)
        expect(partly.includes(acl)).toBe(on > 0 && on < listings.length)
      }
      expect(missingAcls(listedSomewhere(listings), listings.flat())).toEqual([])
    }),
  )
})

test('property: an entry that is looked up bears on what it bears on when it is read', () => {
  fc.assert(
    fc.property(listing, fc.uniqueArray(name), (acls, names) => {
      const bears = bearer(acls)
      for (const one of names) expect(bears(one)).toBe(acls.some((acl) => covers(acl, one)))
      expect(withoutAcl(acls, 'topic', names)).toEqual(names.filter((one) => !acls.some((acl) => covers(acl, one))))
      const everywhere = derivedAccess(acls, 'User:app', 'Write', names).allowed
      expect(allowedSomewhere([acls, []], 'User:app', 'Write', names)).toEqual(everywhere)
    }),
  )
})
