import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { Stage, resultOf, startTemporal, until, waitingAt } from './stage.ts'

/** A provider carries out orders by itself, and its desk tells nobody. */

let env: TestWorkflowEnvironment
let stage: Stage
let number = 0

beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env?.teardown()
})
beforeEach(async () => {
  number += 1
  stage = new Stage(env, `provider-${number}`)
  stage.world.ticketPoll = 300
  await stage.startWorker()
  await resultOf(await stage.start('failover'))
})
afterEach(async () => {
  await stage.close()
})

function stop(link: 'A->B' | 'B->A'): void {
  const state = stage.world.links.get(link)
  if (state) state.state = 'stopped'
}

test('a case that its desk has resolved needs no signal: the run looks, and probes', async () => {
  const reset = await stage.start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  stop('A->B')
  stage.world.desk = { state: 'processed', detail: 'resolved' }
  const result = await resultOf(reset)
  expect(result.state).toBe('succeeded')
  expect(result.progress.tickets).toMatchObject([{ completedBy: "the desk's own state: resolved" }])
})

test('a case that was closed unanswered is not believed: the probe says otherwise, and a person is asked', async () => {
  const reset = await stage.start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  stage.world.desk = { state: 'open', detail: 'waits for your answer' }
  await until(reset, ({ notes }) => notes.some((text) => text.includes('waits for your answer')))
  stage.world.desk = { state: 'closed', detail: 'closed' }
  const question = await waitingAt(reset, 'confirm-disabled')
  expect(question.text).toContain('is not disabled, whatever the ticket says')
  expect(stage.world.count('enable B->A')).toBe(0)
  stop('A->B')
  expect((await resultOf(reset)).state).toBe('succeeded')
})

test('an order that came to nothing is given again', async () => {
  stage.world.door = 'self-service'
  stage.world.ordersLost = 1
  const reset = await stage.start('reset', { branch: 'recover' })
  const question = await waitingAt(reset, 'await-ticket')
  expect(question.text).toContain('A->B is not disabled: running')
  await reset.executeUpdate('decide', {
    args: [{ question: question.id, action: 'retry', by: 'operator', reason: 'at once' }],
  })
  expect((await resultOf(reset)).state).toBe('succeeded')
  expect(stage.world.count('disable A->B')).toBe(2)
  expect(stage.world.count('open ticket')).toBe(0)
})
