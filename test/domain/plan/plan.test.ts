import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { operations } from '../../../src/contract/names.ts'
import type { Expectations } from '../../../src/contract/plan.ts'
import { stepIds } from '../../../src/contract/steps.ts'
import { canonicalJson, planHash, stepsOf } from '../../../src/domain/plan/plan.ts'
import { aPlan } from '../builders.ts'

const none: Expectations = { lossRecords: 0, duplicates: [], orderBreaks: [] }
const ids = (...args: Parameters<typeof stepsOf>) => stepsOf(...args).map(({ id }) => id)

test('lag first: nothing starts on the target before everything is mirrored, and the topics are disabled right after', () => {
  expect(ids('failover', 'lag-first')).toEqual([
    'assess',
    'approve',
    'stop-producers',
    'fence-source',
    'confirm-mirrored',
    'open-target',
    'mark-cut',
    'start-producers',
    'disable-topics',
    'drain-consumers',
    'stop-consumers',
    'place-groups',
    'start-consumers',
    'verify',
  ])
})

test('documented: producers start right after they stopped, the lag is checked after, before any consumer moves', () => {
  expect(ids('failover', 'documented').slice(2, 10)).toEqual([
    'stop-producers',
    'fence-source',
    'open-target',
    'mark-cut',
    'start-producers',
    'confirm-mirrored',
    'disable-topics',
    'drain-consumers',
  ])
})

test('where copies keep their names the topics are disabled before producers write there', () => {
  expect(ids('failover', 'lag-first', undefined, { oneLog: true }).slice(2, 10)).toEqual([
    'stop-producers',
    'fence-source',
    'confirm-mirrored',
    'disable-topics',
    'open-target',
    'mark-cut',
    'start-producers',
    'drain-consumers',
  ])
})

test('reset to a replacement neither guards nor settles what is lost for good', () => {
  expect(ids('reset', 'lag-first', 'recover')).toEqual([
    'assess',
    'approve',
    'guard-returning',
    'open-ticket',
    'settle-stranded',
    'await-ticket',
    'confirm-disabled',
    'enable-reverse',
    'select-topics',
    'verify-remote',
  ])
  expect(ids('reset', 'lag-first', 'replace')).toEqual(
    ids('reset', 'lag-first', 'recover').filter((id) => id !== 'guard-returning' && id !== 'settle-stranded'),
  )
})

test('failback moves as failover does, then swaps the links back', () => {
  expect(ids('failback', 'lag-first').slice(0, 13)).toEqual(ids('failover', 'lag-first').slice(0, 13))
  expect(ids('failback', 'lag-first').slice(13)).toEqual([
    'open-ticket',
    'await-ticket',
    'confirm-disabled',
    'enable-original',
    'select-topics',
    'verify-remote',
    'verify',
  ])
})

test('every list has known steps once, approves before it acts, and marks the cut before producers start', () => {
  const order = fc.constantFrom('lag-first' as const, 'documented' as const)
  const branch = fc.constantFrom(undefined, 'recover' as const, 'replace' as const)
  fc.assert(
    fc.property(fc.constantFrom(...operations), order, branch, fc.boolean(), (operation, o, b, oneLog) => {
      const list = ids(operation, o, b, { oneLog })
      expect(new Set(list).size).toBe(list.length)
      expect(stepIds).toEqual(expect.arrayContaining(list))
      const acts = list.filter((id) => !['guard-returning', 'assess', 'approve'].includes(id))
      for (const id of acts) expect(list.indexOf(id)).toBeGreaterThan(list.indexOf('approve'))
      if (operation !== 'reset') {
        expect(list.indexOf('mark-cut')).toBe(list.indexOf('start-producers') - 1)
        // Before any group is drained, whose copies are to end somewhere; and in one log before anything is written into it.
        expect(list.indexOf('drain-consumers')).toBeGreaterThan(list.indexOf('disable-topics'))
        expect(list.indexOf('disable-topics') < list.indexOf('start-producers')).toBe(oneLog)
        expect(list.indexOf('disable-topics')).toBeGreaterThan(list.indexOf('confirm-mirrored'))
        if (o === 'lag-first') expect(list.indexOf('start-producers')).toBeGreaterThan(list.indexOf('confirm-mirrored'))
      }
    }),
  )
})

test('the hash is the first 16 digits of the SHA-256 of the canonical text', () => {
  const plan = aPlan({ topics: ['größe'] })
  const text = canonicalJson({ plan, expectations: none })
  expect(planHash(plan, none)).toBe(createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16))
})

test('a plan that becomes forced, or expects another loss, needs another approval', () => {
  const plan = aPlan({})
  const hashes = [
    planHash(plan, none),
    planHash({ ...plan, mode: 'forced' }, none),
    planHash(plan, { ...none, lossRecords: 1 }),
    planHash(plan, { ...none, lossRecords: null }),
  ]
  expect(new Set(hashes).size).toBe(4)
})

test('canonical JSON ignores the order of keys and undefined members, and keeps the value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed())
      expect(canonicalJson(reversed)).toBe(canonicalJson(value))
      expect(canonicalJson({ ...value, 'not there': undefined })).toBe(canonicalJson(value))
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('canonical JSON keeps the order of lists', () => {
  expect(canonicalJson({ b: [2, 1, { z: 1, a: 2 }], a: null })).toBe('{"a":null,"b":[2,1,{"a":2,"z":1}]}')
})
