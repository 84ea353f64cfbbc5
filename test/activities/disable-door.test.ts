import { expect, test } from 'vitest'
import { disableDoor } from '../../src/activities/reads/link.ts'
import { scene, withShipping, withTwoTopics } from './scene.ts'

const signal = new AbortController().signal
const link = { pair: 'accounting', from: 'A', to: 'B' }

test('nobody disables a link while its connector selects a topic of another pair, or what cannot be read', async () => {
  const on = scene(withShipping())
  for (const selection of ['shipping\\.orders', 'shipping\\..*', '(?<broken']) {
    on.ab.description = { ...on.ab.description, state: 'running', selection }
    expect(await disableDoor(on.deps, link, signal), selection).toBe('kept')
  }
})

test('it is disabled as configured when no other pair relies on it: nothing of theirs selected, stopped, or a connector of its own', async () => {
  const on = scene(withShipping())
  on.ab.description = { ...on.ab.description, state: 'running', selection: 'accounting\\.invoices' }
  expect(await disableDoor(on.deps, link, signal)).toBe('ticket')
  on.ab.description = { ...on.ab.description, state: 'stopped', selection: 'shipping\\.orders' }
  expect(await disableDoor(on.deps, link, signal)).toBe('ticket')
  const alone = scene()
  alone.ab.description = { ...alone.ab.description, state: 'running', selection: '.*' }
  expect(await disableDoor(alone.deps, link, signal)).toBe('ticket')
})

test("it stays on for the pair's own topics that stayed when others moved, as long as it selects one of them", async () => {
  const on = scene(withTwoTopics())
  const moved = ['accounting.invoices']
  const door = (selection: string, state: 'running' | 'stopped' = 'running') => {
    on.ab.description = { ...on.ab.description, state, selection }
    return disableDoor(on.deps, { ...link, moved }, signal)
  }
  expect(await door('accounting.ledger')).toBe('kept')
  expect(await door(String.raw`(?!(?:accounting\.invoices)$)(?:accounting\..*)`)).toBe('kept')
  expect(await door('^$')).toBe('ticket')
  expect(await door('accounting.invoices')).toBe('ticket')
  expect(await door('accounting.ledger', 'stopped')).toBe('ticket')
  // All of them moved.
  moved.push('accounting.ledger')
  expect(await door('accounting.ledger')).toBe('ticket')
})

test('a link that does not answer is not said to be free', async () => {
  const on = scene(withShipping())
  on.ab.dark = true
  await expect(disableDoor(on.deps, link, signal)).rejects.toThrow()
})
