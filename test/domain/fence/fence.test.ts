import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AclEntry } from '../../../src/contract/dossier.ts'
import { covers } from '../../../src/domain/fence/acl.ts'
import {
  derivedAccess,
  fenceAcls,
  missingAcls,
  movedEnds,
  openTransactions,
  sameAcl,
} from '../../../src/domain/fence/fence.ts'
import { anAcl, ends } from '../builders.ts'

const input = {
  principals: ['User:app'],
  topics: ['accounting.invoices'],
  operations: ['Write' as const],
  copiesAcls: false,
  allTopics: ['accounting.invoices', 'accounting.invoices.B', 'accounting.invoices-audit', 'other'],
  ownTopics: ['accounting.invoices', 'accounting.invoices.B'],
}

const name = fc.constantFrom('t', 'tu', 'tuv', 'x', '*')
const acl: fc.Arbitrary<AclEntry> = fc.record({
  resource: fc.constantFrom('topic' as const, 'group' as const),
  name,
  pattern: fc.constantFrom('literal' as const, 'prefixed' as const),
  principal: fc.constantFrom('User:app', 'User:other', 'User:*'),
  host: fc.constantFrom('*', '10.0.0.1'),
  operation: fc.constantFrom('Write', 'Read', 'All'),
  permission: fc.constantFrom('allow' as const, 'deny' as const),
})

test('the fence is literal, so that nothing else is denied', () => {
  expect(fenceAcls(input)).toEqual({
    acls: [anAcl({ name: 'accounting.invoices' })],
    warnings: [],
    refused: [],
    hits: [],
  })
})

test('where the link copies ACLs the fence is prefixed, and names what else it hits', () => {
  const { acls, warnings } = fenceAcls({ ...input, copiesAcls: true })
  expect(acls).toEqual([anAcl({ name: 'accounting.invoices', pattern: 'prefixed' })])
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('accounting.invoices-audit')
  expect(warnings[0]).not.toContain('accounting.invoices.B')
})

test('a fence on nobody, or on everybody, is warned about', () => {
  expect(fenceAcls({ ...input, principals: [] })).toMatchObject({
    acls: [],
    warnings: [expect.stringContaining('denies nobody')],
  })
  expect(fenceAcls({ ...input, principals: ['User:*'] }).warnings[0]).toContain('User:*')
})

test('whatever was allowed, the fence denies it, and nothing outside its topics when literal', () => {
  fc.assert(
    fc.property(fc.array(acl, { maxLength: 6 }), fc.boolean(), (existing, copiesAcls) => {
      const fence = fenceAcls({ ...input, topics: ['t', 'x'], copiesAcls, allTopics: [], ownTopics: [] })
      const all = [...existing, ...fence.acls]
      expect(derivedAccess(all, 'User:app', 'Write', ['t', 'x']).allowed).toEqual([])
      const others = ['tu', 'y']
      if (!copiesAcls) {
        expect(derivedAccess(all, 'User:app', 'Write', others)).toEqual(
          derivedAccess(existing, 'User:app', 'Write', others),
        )
      }
      expect(derivedAccess(all, 'User:app', 'Read', ['t'])).toEqual(derivedAccess(existing, 'User:app', 'Read', ['t']))
    }),
  )
})

test('only what is missing is added, and then nothing is missing', () => {
  fc.assert(
    fc.property(fc.array(acl), fc.array(acl), (existing, wanted) => {
      const missing = missingAcls(existing, wanted)
      expect(missingAcls([...existing, ...missing], wanted)).toEqual([])
      for (const entry of missing) expect(existing.some((other) => sameAcl(other, entry))).toBe(false)
    }),
  )
})

test('operations are the same word however a client spells them', () => {
  expect(sameAcl(anAcl({ operation: 'WRITE' }), anAcl({ operation: 'Write' }))).toBe(true)
  expect(sameAcl(anAcl({ host: '10.0.0.1' }), anAcl({}))).toBe(false)
})

test.each<[string, Partial<AclEntry>[], boolean]>([
  ['nothing', [], false],
  ['allow', [{ permission: 'allow' }], true],
  ['allow All', [{ permission: 'allow', operation: 'ALL' }], true],
  ['allow Read only', [{ permission: 'allow', operation: 'Read' }], false],
  ['allow for everybody', [{ permission: 'allow', principal: 'User:*' }], true],
  ['allow on every topic', [{ permission: 'allow', name: '*' }], true],
  ['allow by prefix', [{ permission: 'allow', name: 'acc', pattern: 'prefixed' }], true],
  ['a literal that is only a prefix', [{ permission: 'allow', name: 'acc' }], false],
  ['allow on a group of that name', [{ permission: 'allow', resource: 'group' }], false],
  ['deny beats allow', [{ permission: 'allow' }, { name: '*', operation: 'All', principal: 'User:*' }], false],
  ['deny from one host only', [{ permission: 'allow' }, { host: '10.0.0.1' }], true],
  ['allow from a host denied everywhere', [{ permission: 'allow', host: '10.0.0.1' }, {}], false],
])('access is derived from ACLs: %s', (_case, changes, allowed) => {
  const acls = changes.map((change) => anAcl({ name: 'accounting', ...change }))
  const access = derivedAccess(acls, 'User:app', 'Write', ['accounting'])
  expect(access).toEqual(allowed ? { allowed: ['accounting'], denied: [] } : { allowed: [], denied: ['accounting'] })
})

test('every topic asked about is either allowed or denied, and one more deny never allows more', () => {
  fc.assert(
    fc.property(fc.array(acl), acl, fc.uniqueArray(name), (acls, entry, topics) => {
      const { allowed, denied } = derivedAccess(acls, 'User:app', 'Write', topics)
      expect([...allowed, ...denied].sort()).toEqual([...topics].sort())
      const more = derivedAccess([...acls, { ...entry, permission: 'deny' }], 'User:app', 'Write', topics)
      expect(allowed).toEqual(expect.arrayContaining(more.allowed))
    }),
  )
})

test('an end that moved is named with both offsets', () => {
  const before = [
    ends('t', [
      [0, 0, 5, 5],
      [1, 0, 7, 7],
    ]),
  ]
  expect(
    movedEnds(before, [
      ends('t', [
        [0, 0, 6, 6],
        [1, 3, 7, 7],
      ]),
    ]),
  ).toEqual([{ topic: 't', partition: 0, from: 5, to: 6 }])
  expect(movedEnds(before, [ends('t', [[0, 0, 5, 5]])])).toEqual([{ topic: 't', partition: 1, from: 7, to: -1 }])
  expect(
    movedEnds(
      [],
      [
        ends('u', [
          [0, 0, 3, 3],
          [1, 0, 0, 0],
        ]),
      ],
    ),
  ).toEqual([{ topic: 'u', partition: 0, from: 0, to: 3 }])
})

test('a recreated topic has moved even when its ends are the same', () => {
  expect(movedEnds([ends('t', [[0, 0, 5, 5]], 'old')], [ends('t', [[0, 0, 5, 5]], 'new')])).toEqual([
    { topic: 't', partition: 0, from: 5, to: 5 },
  ])
})

test('exactly the partitions that changed have moved', () => {
  const highs = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(highs, fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 }), (high, grown) => {
      const before = [
        ends(
          't',
          high.map((h, p) => [p, 0, h, h]),
        ),
      ]
      const after = [
        ends(
          't',
          high.map((h, p) => [p, 0, h + (grown[p] ?? 0), h]),
        ),
      ]
      const moved = movedEnds(before, after).map(({ partition }) => partition)
      expect(moved).toEqual(high.flatMap((_, p) => ((grown[p] ?? 0) > 0 ? [p] : [])))
      expect(openTransactions(after).map(({ partition }) => partition)).toEqual(moved)
    }),
  )
})

test('on open topics nobody but the applications loses anything, and no topic without an ACL of its own gains or loses', () => {
  const topics = ['t', 'tu', 'tuv', 'x', 'xy']
  fc.assert(
    fc.property(fc.array(acl, { maxLength: 4 }), fc.boolean(), fc.boolean(), (entries, copiesAcls, travels) => {
      const existing = entries.filter(({ resource }) => resource === 'topic')
      const restricted = topics.filter((topic) => existing.some((one) => covers(one, topic)))
      const open = ['t', 'x'].filter((topic) => !restricted.includes(topic))
      const fence = fenceAcls({
        principals: ['User:app'],
        topics: ['t', 'x'],
        operations: ['Write'],
        copiesAcls,
        allTopics: topics,
        ownTopics: [],
        open,
        restricted,
        openOthers: topics.filter((topic) => !['t', 'x'].includes(topic) && !restricted.includes(topic)),
        travelsWell: travels ? ['t', 'x'] : [],
      })
      if (fence.refused.length > 0) return
      const may = (acls: AclEntry[], principal: string, operation: 'Write' | 'Read', topic: string) =>
        acls.some((one) => covers(one, topic))
          ? derivedAccess(acls, principal, operation, [topic]).allowed.length > 0
          : true
      const after = [...existing, ...fence.acls]
      for (const topic of topics)
        for (const operation of ['Write', 'Read'] as const)
          expect(may(after, 'User:mirror', operation, topic)).toBe(may(existing, 'User:mirror', operation, topic))
      expect(['t', 'x'].filter((topic) => may(after, 'User:app', 'Write', topic))).toEqual([])
      const hit = new Set(fence.hits.map(({ topic }) => topic))
      for (const topic of ['tu', 'tuv', 'xy'].filter((one) => !hit.has(one)))
        expect(may(after, 'User:app', 'Write', topic)).toBe(may(existing, 'User:app', 'Write', topic))
    }),
  )
})
