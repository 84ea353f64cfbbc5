import { assert, boolean, constantFrom, option, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { type PairCondition, pairState, pairStates } from '../../../src/domain/dossier/pair-state.ts'

const calm: PairCondition = { verdict: 'ready', inDoubt: false, refused: false, unprotected: false, holder: null }

test.each<[Partial<PairCondition>, string]>([
  [{}, 'ready'],
  [{ verdict: 'warned' }, 'warned'],
  [{ verdict: 'blocked' }, 'blocked'],
  [{ verdict: 'blocked', unprotected: true }, 'unprotected'],
  [{ verdict: 'blocked', unprotected: true, holder: 'running' }, 'running'],
  [{ holder: 'waiting' }, 'waiting'],
  [{ holder: 'paused' }, 'paused'],
  [{ holder: 'succeeded' }, 'running'],
  [{ holder: 'waiting', inDoubt: true }, 'in-doubt'],
  [{ refused: true }, 'in-doubt'],
])('%j is %s', (condition, state) => {
  expect(pairState({ ...calm, ...condition })).toBe(state)
})

test('whatever is wrong, a pair is ready only when nothing is', () => {
  const condition = record({
    verdict: constantFrom('ready', 'warned', 'blocked'),
    inDoubt: boolean(),
    refused: boolean(),
    unprotected: boolean(),
    holder: option(constantFrom('running', 'waiting', 'paused', 'failed')),
  })
  assert(
    property(condition, (one) => {
      const state = pairState(one)
      expect(pairStates).toContain(state)
      expect(state === 'ready').toBe(JSON.stringify(one) === JSON.stringify(calm))
    }),
  )
})
