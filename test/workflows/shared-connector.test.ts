import { expect, test } from 'vitest'
import { runUpdates } from '../../src/contract/definitions.ts'
import { resultOf, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** Another pair uses the connector, and relies on it in this direction. */

const stage = useStages('shared', (stage) => {
  stage.world.door = 'kept'
})

test('a connector that another pair relies on stays on through reset and failback: no ticket is opened, and nothing stops it', async () => {
  const { world } = stage()
  expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
  const reset = await resultOf(await stage().start('reset', { branch: 'recover' }))
  expect(reset.state).toBe('succeeded')
  expect(reset.progress.steps.find(({ id }) => id === 'confirm-disabled')?.detail).toContain(
    'A->B stays on for other topics, without the topics of this run',
  )
  expect((await resultOf(await stage().start('failback'))).state).toBe('succeeded')
  expect(world.count('open ticket')).toBe(0)
  expect(world.acts.filter((act) => act.startsWith('disable'))).toEqual([])
  expect([...world.links].map(([name, { state }]) => `${name} ${state}`)).toEqual(['A->B running', 'B->A running'])
})

test('it counts as off only when its selection has none of the topics of the run', async () => {
  const { world } = stage()
  expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
  const link = world.links.get('A->B')
  if (link === undefined) throw new Error('no link')
  link.selection = String.raw`shipping\.orders,accounting\..*`
  const reset = await stage().start('reset', { branch: 'recover' })
  const question = await waitingAt(reset, 'confirm-disabled')
  expect(question.text).toContain('its selection has topics of this run: accounting.invoices')
  expect(world.count('enable B->A')).toBe(0)
  link.selection = String.raw`shipping\.orders`
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'retry', by: 'operator', reason: 'it is narrowed' }],
  })
  expect((await resultOf(reset)).state).toBe('succeeded')
})

test('a selection that nobody could see before the failover is as it was after the failback, with what came since', async () => {
  const link = stage().world.links.get('A->B')
  if (link === undefined) throw new Error('no link')
  // Spelled as its owner does. Nothing is known of it at `assess`, as while a Connect is starting.
  link.selection = String.raw`shipping\.orders,accounting.invoices`
  expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
  expect(link.selection).toBe(String.raw`shipping\.orders`)
  link.selection += String.raw`,billing\.late`
  expect((await resultOf(await stage().start('reset', { branch: 'recover' }))).state).toBe('succeeded')
  expect((await resultOf(await stage().start('failback'))).state).toBe('succeeded')
  expect(link.selection).toBe(String.raw`shipping\.orders,accounting.invoices,billing\.late`)
})
