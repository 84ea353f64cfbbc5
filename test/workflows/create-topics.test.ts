import { expect, test } from 'vitest'
import { asAsked } from '../../src/contract/definitions.ts'
import { resultOf, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

const stage = useStages('topics', (stage) => {
  stage.world.createTopics = true
  stage.world.lacking.add('B accounting.invoices')
})

test('topics that the target lacks are created right after the approval, before anything is stopped', async () => {
  const result = await resultOf(await stage().start('failover'))
  expect(result.state).toBe('succeeded')
  expect(stage().world.acts.slice(0, 2)).toEqual(['create accounting.invoices on B', 'stop invoicing'])
  expect(result.progress.steps.find(({ id }) => id === 'create-topics')).toMatchObject({
    state: 'done',
    detail: '1 topics created on B, as they are on A',
  })
})

test('where the target has them all, nothing is created and an abort deletes nothing', async () => {
  stage().world.lacking.clear()
  stage().world.lag = 3
  const run = await stage().start('failover')
  await waitingAt(run, 'confirm-mirrored')
  await run.cancel()
  await run.result().catch(() => undefined)
  expect(stage().world.acts.filter((act) => /^(create|delete)/.test(act))).toEqual([])
})

test.each([
  ['that are still empty are deleted', false],
  ['that somebody has written to stay, and that is said', true],
])('an abort takes created topics back: those %s', async (_, written) => {
  stage().world.lag = 3
  const run = await stage().start('failover')
  const question = await waitingAt(run, 'confirm-mirrored')
  if (written) stage().world.written.add('accounting.invoices')
  await run.executeUpdate(...asAsked(question, { action: 'abort' }))
  const result = await resultOf(run)
  expect(result.state).toBe('aborted')
  expect(stage().world.count('delete accounting.invoices on B')).toBe(written ? 0 : 1)
  const { detail } = result.progress.steps.find(({ id }) => id === 'create-topics') ?? {}
  expect(detail).toMatch(written ? /accounting.invoices stays: 1 of its partitions/ : /^1 empty topics deleted on B$/)
})
