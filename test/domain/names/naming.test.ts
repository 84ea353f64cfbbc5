import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Naming } from '../../../src/contract/plan.ts'
import { origin, parseRemote, remoteName, remoteNameTooLong } from '../../../src/domain/names/naming.ts'

const suffix: Naming = { kind: 'suffix', separator: '.', aliases: ['A', 'B', 'C'] }
const prefix: Naming = { ...suffix, kind: 'prefix' }

const naming = fc.constantFrom(suffix, prefix, { ...suffix, separator: '--' })
const localTopic = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,3}$/)
const alias = fc.constantFrom('A', 'B', 'C')

test('a remote topic carries the alias behind or in front of the name', () => {
  expect(remoteName(suffix, 'A', 'accounting.invoices')).toBe('accounting.invoices.A')
  expect(remoteName(prefix, 'A', 'accounting.invoices')).toBe('A.accounting.invoices')
})

test('a segment that is no alias makes no remote topic', () => {
  expect(parseRemote(suffix, 'accounting.invoices')).toBeNull()
  expect(parseRemote(prefix, 'accounting.invoices')).toBeNull()
  expect(parseRemote(suffix, 'accountingA')).toBeNull()
  expect(parseRemote(suffix, '.A')).toBeNull()
  expect(parseRemote(suffix, 'A')).toBeNull()
})

test('only the last hop is taken off, all hops are told oldest first', () => {
  expect(parseRemote(suffix, 't.A.B')).toEqual({ topic: 't.A', alias: 'B' })
  expect(parseRemote(prefix, 'B.A.t')).toEqual({ topic: 'A.t', alias: 'B' })
  expect(origin(suffix, 't.A.B')).toEqual({ topic: 't', path: ['A', 'B'] })
  expect(origin(prefix, 'B.A.t')).toEqual({ topic: 't', path: ['A', 'B'] })
})

test('of two aliases that fit the longer one is meant', () => {
  const dashed: Naming = { kind: 'suffix', separator: '-', aliases: ['west', 'eu-west'] }
  expect(parseRemote(dashed, 't-eu-west')).toEqual({ topic: 't', alias: 'eu-west' })
})

test('a remote name is parsed back to what it was made of, through any number of hops', () => {
  fc.assert(
    fc.property(naming, localTopic, fc.array(alias, { maxLength: 4 }), (n, topic, path) => {
      const name = path.reduce((t, a) => remoteName(n, a, t), topic)
      expect(origin(n, name)).toEqual({ topic, path })
      const last = path.at(-1)
      if (last === undefined) expect(parseRemote(n, name)).toBeNull()
      else expect(parseRemote(n, name)?.alias).toBe(last)
    }),
  )
})

test('a remote name may have 249 characters and not one more', () => {
  expect(remoteNameTooLong(suffix, 'A', 'x'.repeat(247))).toBe(false)
  expect(remoteNameTooLong(suffix, 'A', 'x'.repeat(248))).toBe(true)
})
