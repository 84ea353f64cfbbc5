import { beforeEach, expect, test } from 'vitest'
import { resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** A provider carries out orders by itself, and its desk tells nobody. */

const stage = useStages('provider', (stage) => {
  stage.world.ticketPoll = 300
})
beforeEach(async () => {
  await resultOf(await stage().start('failover'))
})

test('a case that its desk has resolved needs no signal: the run looks, and probes', async () => {
  const reset = await stage().start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  stage().world.stopLink('A->B')
  stage().world.desk = { state: 'processed', detail: 'resolved' }
  const result = await resultOf(reset)
  expect(result.state).toBe('succeeded')
  expect(result.progress.tickets).toMatchObject([{ completedBy: "the desk's own state: resolved" }])
})

test('a case that was closed unanswered is not believed: the probe says otherwise, and a person is asked', async () => {
  const reset = await stage().start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  stage().world.desk = { state: 'open', detail: 'waits for your answer' }
  await until(reset, ({ notes }) => notes.some((text) => text.includes('waits for your answer')))
  stage().world.desk = { state: 'closed', detail: 'closed' }
  const question = await waitingAt(reset, 'confirm-disabled')
  expect(question.text).toContain('is not disabled, whatever the ticket says')
  expect(stage().world.count('enable B->A')).toBe(0)
  stage().world.stopLink('A->B')
  expect((await resultOf(reset)).state).toBe('succeeded')
})

test('an order that came to nothing is given again', async () => {
  stage().world.door = 'self-service'
  stage().world.ordersLost = 1
  const reset = await stage().start('reset', { branch: 'recover' })
  const question = await waitingAt(reset, 'await-ticket')
  expect(question.text).toContain('A->B is not disabled: running')
  await reset.executeUpdate('decide', {
    args: [{ question: question.id, action: 'retry', by: 'operator', reason: 'at once' }],
  })
  expect((await resultOf(reset)).state).toBe('succeeded')
  expect(stage().world.count('disable A->B')).toBe(2)
  expect(stage().world.count('open ticket')).toBe(0)
})
