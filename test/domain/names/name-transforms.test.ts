import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Naming, Rename } from '../../../src/contract/plan.ts'
import { groupIdOn, groupIds } from '../../../src/domain/names/group-ids.ts'
import { renamed, takesPart, unrenamed } from '../../../src/domain/names/name-transform.ts'
import { hops, isMirrored, keepsNames, mayComeFrom, origin, remoteName } from '../../../src/domain/names/naming.ts'

const word = fc.constantFrom('', '', 'a', 'ab', '.', 'x.', '-dr')
const rename: fc.Arbitrary<Rename> = fc.record({
  addPrefix: word,
  removePrefix: word,
  addSuffix: word,
  removeSuffix: word,
})
const name = fc.stringMatching(/^[abx.-]{1,8}$/)
const transforms: Naming = {
  kind: 'suffix',
  separator: '.',
  aliases: ['A', 'B', 'C'],
  copies: { A: { type: 'rename', rename: { addPrefix: 'dr.' } }, B: { type: 'none' } },
}

test('what is removed goes first, then the rest is added', () => {
  const both = { removePrefix: 'eu.', removeSuffix: '.v1', addPrefix: 'of-a.', addSuffix: '.copy' }
  expect(renamed(both, 'eu.orders.v1')).toBe('of-a.orders.copy')
  expect(takesPart(both, 'orders.v1')).toBe(false)
  expect(takesPart(both, 'eu.orders')).toBe(false)
  // Nothing would be left, or the two overlap.
  expect(takesPart(both, 'eu..v1')).toBe(false)
  expect(takesPart({ removePrefix: 'aa', removeSuffix: 'ab' }, 'aab')).toBe(false)
})

test('a name that takes part comes back as it was, and no two become one', () => {
  fc.assert(
    fc.property(rename, name, name, (how, one, other) => {
      fc.pre(takesPart(how, one) && takesPart(how, other))
      expect(unrenamed(how, renamed(how, one))).toBe(one)
      if (one !== other) expect(renamed(how, one)).not.toBe(renamed(how, other))
    }),
  )
})

test('a name is that of a copy exactly when some name that takes part becomes it', () => {
  fc.assert(
    fc.property(rename, name, (how, copy) => {
      const before = unrenamed(how, copy)
      if (before !== null) expect(takesPart(how, before) && renamed(how, before)).toBe(copy)
      else expect(copy).not.toMatch(new RegExp(`^${escape(how.addPrefix)}.+${escape(how.addSuffix)}$`))
    }),
  )
})

test('copies are named by the transform of the cluster they come from', () => {
  expect(['A', 'B', 'C'].map((alias) => remoteName(transforms, alias, 't'))).toEqual(['dr.t', 't', 't.C'])
  expect(keepsNames(transforms, 'B')).toBe(true)
  expect(keepsNames(transforms, 'A')).toBe(false)
  expect(hops(transforms, 'dr.t')).toEqual([{ alias: 'A', topic: 't' }])
  expect(hops(transforms, 'dr.t.C')).toEqual([
    { alias: 'C', topic: 'dr.t' },
    { alias: 'A', topic: 't.C' },
  ])
  // By the alias nothing of A is called any more, and of B nothing can be told.
  expect(hops(transforms, 't.A')).toEqual([])
  expect(hops(transforms, 't')).toEqual([])
  expect(origin(transforms, 'dr.t.C')).toEqual({ topic: 't', path: ['A', 'C'] })
  expect(mayComeFrom(transforms, 'dr.dr.t.C', 'A')).toBe(true)
  expect(mayComeFrom(transforms, 't.C', 'A')).toBe(false)
  const stripping: Naming = { ...transforms, copies: { A: { type: 'rename', rename: { removePrefix: 'eu.' } } } }
  expect(isMirrored(stripping, 'A', 'eu.t')).toBe(true)
  expect(isMirrored(stripping, 'A', 't')).toBe(false)
  expect(isMirrored(stripping, 'B', 't')).toBe(true)
})

test('groups are called on each cluster as the links there translate them, and come back as they were', () => {
  const routes = [
    { from: 'A', to: 'B', rename: { addPrefix: 'dr-' } },
    { from: 'B', to: 'A', rename: { removePrefix: 'dr-' } },
    { from: 'B', to: 'C', rename: { removePrefix: 'dr-', addPrefix: 'c-' } },
    { from: 'C', to: 'B', rename: { removePrefix: 'c-', addPrefix: 'dr-' } },
  ]
  const { ids, problems } = groupIds('A', routes, ['ledger', 'audit'])
  expect(problems).toEqual([])
  expect(ids).toEqual({
    B: { ledger: 'dr-ledger', audit: 'dr-audit' },
    C: { ledger: 'c-ledger', audit: 'c-audit' },
  })
  expect(groupIdOn(ids, 'C', 'ledger')).toBe('c-ledger')
  expect(groupIdOn(ids, 'A', 'ledger')).toBe('ledger')
  expect(
    groupIds(
      'A',
      [
        { from: 'A', to: 'B' },
        { from: 'B', to: 'A' },
      ],
      ['ledger'],
    ),
  ).toEqual({ ids: {}, problems: [] })
})

test('a way back that does not undo the way there is told, and a group that takes no part', () => {
  const there = { from: 'A', to: 'B', rename: { addPrefix: 'dr-' } }
  const texts = (routes: Parameters<typeof groupIds>[1]) =>
    groupIds('A', routes, ['ledger']).problems.map(({ text }) => text)
  expect(texts([there, { from: 'B', to: 'A' }])).toEqual([
    'B->A makes dr-ledger of the group ledger (dr-ledger on B), which is ledger on A',
  ])
  expect(texts([{ ...there, rename: { removePrefix: 'x-' } }])).toEqual([
    'the group ledger lacks what A->B removes, so its positions are not translated',
  ])
})

function escape(text = ''): string {
  return text.replaceAll('.', String.raw`\.`)
}
