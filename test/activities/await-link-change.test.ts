import { expect, test } from 'vitest'
import { createWaitActivities } from '../../src/activities/waits.ts'
import type { LinkState } from '../../src/ports/mirroring.ts'
import { activity, doors, scene } from './scene.ts'

const link = { pair: 'accounting', from: 'A', to: 'B' }
const soon = { pollMs: 10, idleMs: 80, maxMs: 400 }

function watched() {
  const { deps, ab } = scene()
  const { awaitLinkChange } = doors(createWaitActivities(deps))
  const become = (state: LinkState) => {
    ab.description = { ...ab.description, state }
  }
  const wait = (wanted: 'enabled' | 'disabled', change: object = {}) =>
    activity().run(awaitLinkChange, { ...link, wanted, ...soon, ...change })
  return { become, wait, ab }
}

test('a link that is what was ordered ends the wait at once, both ways', async () => {
  const { become, wait } = watched()
  expect(await wait('enabled')).toMatchObject({ reached: true, over: null })
  become('stopped')
  expect(await wait('disabled')).toMatchObject({ reached: true, over: null })
})

test('an operation under way is waited for, and its end counts', async () => {
  const { become, wait } = watched()
  become('starting')
  setTimeout(() => become('running'), 150)
  expect(await wait('enabled')).toMatchObject({ reached: true })
  become('starting')
  expect(await wait('enabled', { maxMs: 200 })).toMatchObject({ reached: false, over: null })
})

test("an operation that failed is over, with the provider's words", async () => {
  const { become, wait, ab } = watched()
  become('failed')
  ab.description.detail = 'no capacity'
  expect(await wait('enabled')).toMatchObject({
    reached: false,
    over: 'failed',
    detail: expect.stringContaining('no capacity'),
  })
})

test('an order that came to nothing is over after a while, not at the first look', async () => {
  const { become, wait } = watched()
  become('absent')
  const began = performance.now()
  expect(await wait('enabled')).toMatchObject({ reached: false, over: 'idle' })
  // A timer may fire a fraction of a millisecond early.
  expect(Math.ceil(performance.now() - began)).toBeGreaterThanOrEqual(80)
})

test('a link that cannot be looked at is neither reached nor over', async () => {
  const { wait, ab } = watched()
  ab.dark = true
  expect(await wait('disabled', { maxMs: 150 })).toMatchObject({ reached: false, over: null })
})
