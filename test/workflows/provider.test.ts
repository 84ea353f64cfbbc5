import { expect, test } from 'vitest'
import { pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import { resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** A provider carries out orders by itself, and its desk tells nobody. */

const stage = useStages('provider', (stage) => {
  stage.world.ticketPoll = 300
})
async function failedOver(): Promise<void> {
  expect((await resultOf(await stage().start('failover'))).state).toBe('succeeded')
}

/** What is lost is approved by the plan's hash. */
async function forcedOver(): Promise<void> {
  const run = await stage().start('failover', { mode: 'forced' })
  const { send } = await waitingAt(run, 'approve')
  await run.executeUpdate(runUpdates.approve, { args: [send.payload] })
  expect((await resultOf(run)).state).toBe('succeeded')
}

test('a case that its desk has resolved needs no signal: the run looks, and probes', async () => {
  await failedOver()
  const reset = await stage().start('reset', { branch: 'recover' })
  await waitingAt(reset, 'await-ticket')
  stage().world.stopLink('A->B')
  stage().world.desk = { state: 'processed', detail: 'resolved' }
  const result = await resultOf(reset)
  expect(result.state).toBe('succeeded')
  expect(result.progress.tickets).toMatchObject([{ completedBy: "the desk's own state: resolved" }])
})

test('a case that was closed unanswered is not believed: the probe says otherwise, and a person is asked', async () => {
  await failedOver()
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
  await failedOver()
  stage().world.door = 'self-service'
  stage().world.ordersLost = 1
  const reset = await stage().start('reset', { branch: 'recover' })
  const question = await waitingAt(reset, 'await-ticket')
  expect(question.text).toContain('A->B is not disabled: running')
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'retry', by: 'operator', reason: 'at once' }],
  })
  expect((await resultOf(reset)).state).toBe('succeeded')
  expect(stage().world.count('disable A->B')).toBe(2)
  expect(stage().world.count('open ticket')).toBe(0)
})

test('how far a dark source was mirrored is reported when it is back, and that what is settled there comes later all the same', async () => {
  const { world } = stage()
  world.linkTiming = { linkChange: 60_000, linkPoll: 50 }
  world.dark.add('A')
  world.lag = 3
  await forcedOver()
  const dossier = () => stage().pairHandle().query(pairQueries.dossier)
  expect((await dossier()).moves.map(({ mirroredTo }) => mirroredTo)).toEqual([undefined])

  world.dark.clear()
  const reset = await stage().start('reset', { branch: 'recover' })
  const question = await waitingAt(reset, 'settle-stranded')
  expect(question.text).toContain('discard (3 records): they stay unread.')
  expect(question.text).toContain('their copies come to B once A->B is enabled again')
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'discard', by: 'kim', reason: 'test data' }],
  })
  const second = await waitingAt(reset, 'settle-stranded')
  expect(second.text).toContain('will be read by nobody there. Whatever is decided')
  await reset.executeUpdate(runUpdates.confirm, { args: [{ question: second.id, by: 'lee' }] })
  await stage().throughTicket(reset, 'A->B')
  expect((await resultOf(reset)).state).toBe('succeeded')
  expect((await dossier()).moves.map(({ mirroredTo }) => mirroredTo)).toEqual([
    [{ topic: 'accounting.invoices', offsets: [[0, 96]] }],
  ])
})
