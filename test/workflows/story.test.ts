import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import { Stage, resultOf, startTemporal, until, waitingAt } from './stage.ts'

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
  stage = new Stage(env, `story-${number}`)
  await stage.startWorker()
})
afterEach(async () => {
  await stage.close()
})

async function throughTicket(handle: Awaited<ReturnType<Stage['start']>>, link: 'A->B' | 'B->A') {
  const question = await waitingAt(handle, 'await-ticket')
  const state = stage.world.links.get(link)
  if (state) state.state = 'stopped'
  await handle.executeUpdate('completeTicket', { args: [question.send.payload] })
}

describe('the whole story', () => {
  test('failover, reset and failback run in their order, and the pair remembers each', async () => {
    const failover = await stage.start('failover')
    expect((await resultOf(failover)).state).toBe('succeeded')
    expect(stage.world.acts).toEqual([
      'stop invoicing',
      'fence A',
      'select A->B ^$',
      'start invoicing on B all',
      'stop billing',
      'place billing on B',
      'start billing on B all',
    ])
    expect(await stage.pairHandle().query<PairStatus>('status')).toMatchObject({
      active: 'B',
      standby: 'A',
      lease: null,
      episode: { stage: 'failed-over' },
    })

    const reset = await stage.start('reset', { branch: 'recover' })
    await throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')

    const failback = await stage.start('failback')
    await throughTicket(failback, 'B->A')
    const result = await resultOf(failback)
    expect(result.state).toBe('succeeded')
    expect(result.progress.steps.every(({ state }) => state === 'done')).toBe(true)
    const status = await stage.pairHandle().query<PairStatus>('status')
    expect(status).toMatchObject({
      active: 'A',
      standby: 'B',
      lease: null,
      episode: null,
      protectedBy: { from: 'A', to: 'B' },
    })
    expect(stage.world.count('open ticket')).toBe(2)
    expect(stage.world.acls.get('A')).toEqual([])
  })

  test('operations out of their order are refused with what comes next', async () => {
    await expect(resultOf(await stage.start('reset', { branch: 'recover' }))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('comes after failover') },
    })
    await resultOf(await stage.start('failover'))
    await expect(resultOf(await stage.start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('the next operation is reset') },
    })
  })

  test('a second run is refused while one holds the pair', async () => {
    stage.world.lag = 7
    const first = await stage.start('failover')
    await waitingAt(first, 'confirm-mirrored')
    await expect(resultOf(await stage.start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('is held by the failover') },
    })
    stage.world.lag = 0
    expect((await resultOf(first)).state).toBe('succeeded')
  })
})

describe('the fence', () => {
  test('without an authorizer it is procedural only: the run says so, and a person has to accept it', async () => {
    stage.world.authorizer = false
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toContain('A has no authorizer')
    expect(question.text).toContain('procedural only')
    expect(question.choices).toEqual(expect.arrayContaining(['proceed', 'retry', 'abort']))
    expect(stage.world.count('start invoicing on B all')).toBe(0)
    const answer = { question: question.id, action: 'proceed', by: 'kim', reason: 'the hosts are switched off' }
    await run.executeUpdate('decide', { args: [answer] })
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(result.progress.notes).toContainEqual('procedural fence accepted by kim')
    expect(result.progress.steps.find(({ id }) => id === 'fence-source')?.detail).toContain('procedural')
    expect(stage.world.count('fence A')).toBe(0)
  })

  test('whoever writes behind it is named with partition, offsets, rate and producer, until the ends stand still', async () => {
    stage.world.offenders = [
      { topic: 'accounting.invoices', partition: 2, from: 100, to: 160, seconds: 12, producers: [[4711, 'hourly-1']] },
    ]
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toContain(
      'accounting.invoices-2 from 100 to 160 in 12 s (5.0 a second; producer id 4711, transactional id hourly-1)',
    )
    stage.world.offenders = []
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('with fenceReads the consumers are refused on the old side, proven and on record', async () => {
    stage.world.fenceReads = true
    const result = await resultOf(await stage.start('failover'))
    expect(result.progress.steps.find(({ id }) => id === 'stop-consumers')?.detail).toContain(
      'reads refused (derived-from-acls)',
    )
    expect(stage.world.acls.get('A')).toContainEqual(
      expect.objectContaining({ principal: 'User:consumer-app', operation: 'Read', permission: 'deny' }),
    )
    const dossier = await stage.pairHandle().query<{ fences: { proof: string }[] }>('dossier')
    expect(dossier.fences.map(({ proof }) => proof)).toContain('reads: derived-from-acls')
  })
})

describe('questions', () => {
  test('a lag that passes by itself closes the question', async () => {
    stage.world.lag = 5
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'confirm-mirrored')
    expect(question.text).toContain('5 records lag')
    stage.world.lag = 0
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('force turns planned into forced, which is approved anew by its new hash', async () => {
    stage.world.lag = 5
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'confirm-mirrored')
    const before = await run.query<{ planHash: string }>('progress')
    await expect(
      run.executeUpdate('force', { args: [{ by: 'me', reason: 'gone', planHash: 'not-the-hash' }] }),
    ).rejects.toThrow()
    await run.executeUpdate('force', { args: [{ by: 'me', reason: 'A is gone', planHash: before.planHash }] })
    const approval = await waitingAt(run, 'approve')
    expect(approval.send.payload['planHash']).not.toBe(before.planHash)
    await expect(
      run.executeUpdate('decide', { args: [{ question: question.id, action: 'retry', by: 'me', reason: 'late' }] }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('no open question') } })
    await run.executeUpdate('approve', { args: [approval.send.payload] })
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    expect(result.progress.mode).toBe('forced')
    const dossier = await stage.pairHandle().query<{ ledgers: { records: number }[] }>('dossier')
    expect(dossier.ledgers.at(-1)?.records).toBe(5)
  })

  test('a ticket completed before its wait began, twice, and with a wrong id', async () => {
    await resultOf(await stage.start('failover'))
    stage.world.lag = 3
    const reset = await stage.start('reset', { branch: 'recover' })
    const stranded = await waitingAt(reset, 'settle-stranded')
    expect(stranded.text).toContain('3 records')
    await reset.signal('ticketCompleted', { ticketId: 'T-999', completedBy: 'desk' })
    await reset.signal('ticketCompleted', { ticketId: 'T-1', completedBy: 'desk' })
    await reset.signal('ticketCompleted', { ticketId: 'T-1', completedBy: 'desk again' })
    const link = stage.world.links.get('A->B')
    if (link) link.state = 'stopped'
    await reset.executeUpdate('decide', {
      args: [{ question: stranded.id, action: 'keep', by: 'me', reason: 'they matter' }],
    })
    const second = await waitingAt(reset, 'settle-stranded')
    await reset.executeUpdate('confirm', { args: [second.send.payload] })
    const result = await resultOf(reset)
    expect(result.state).toBe('succeeded')
    expect(result.progress.tickets).toHaveLength(1)
    expect(result.progress.tickets[0]?.completedBy).toBe('desk')
    expect(result.progress.refusedMessages.last.map(({ error }) => error)).toEqual([
      expect.stringContaining('T-999 is not this run'),
    ])
    expect(stage.world.count('open ticket')).toBe(1)
  })

  test('a ticket that says done while the link still runs is not believed', async () => {
    await resultOf(await stage.start('failover'))
    const reset = await stage.start('reset', { branch: 'recover' })
    const ticket = await waitingAt(reset, 'await-ticket')
    await reset.executeUpdate('completeTicket', { args: [ticket.send.payload] })
    const question = await waitingAt(reset, 'confirm-disabled')
    expect(question.text).toContain('is not disabled')
    expect(stage.world.count('enable B->A')).toBe(0)
    const link = stage.world.links.get('A->B')
    if (link) link.state = 'stopped'
    expect((await resultOf(reset)).state).toBe('succeeded')
  })

  test('a ticket that was opened without an answer is found again, not opened twice', async () => {
    await resultOf(await stage.start('failover'))
    stage.world.broken.set('openTicket', 'connection reset')
    const reset = await stage.start('reset', { branch: 'recover' })
    await throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
    expect(stage.world.count('open ticket')).toBe(1)
  })

  test('reminders go to the desk, and one escalates', async () => {
    await resultOf(await stage.start('failover'))
    const reset = await stage.start('reset', { branch: 'recover' })
    await until(reset, ({ tickets }) => (tickets[0]?.reminders ?? 0) >= 2)
    const [ticket] = [...stage.world.tickets.values()]
    expect(ticket?.comments.some((text) => text.startsWith('Reminder'))).toBe(true)
    expect(ticket?.comments.some((text) => text.startsWith('ESCALATION'))).toBe(true)
    await throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
  })

  test('pause starts nothing new until resume', async () => {
    stage.world.lag = 1
    const run = await stage.start('failover')
    await waitingAt(run, 'confirm-mirrored')
    await run.executeUpdate('pause', { args: [{ by: 'me' }] })
    stage.world.lag = 0
    await until(
      run,
      ({ steps, state }) => state === 'paused' && steps.some((s) => s.id === 'confirm-mirrored' && s.state === 'done'),
    )
    expect(stage.world.count('select A->B ^$')).toBe(0)
    await run.executeUpdate('resume', { args: [{ by: 'me' }] })
    expect((await resultOf(run)).state).toBe('succeeded')
  })
})

describe('stepping back', () => {
  test('abort before the point of no return undoes everything from its pre-images', async () => {
    stage.world.broken.set('setSelection', 'Connect refused the configuration')
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'disable-topics')
    expect(stage.world.acls.get('A')?.length).toBe(1)
    stage.world.broken.delete('setSelection')
    await run.executeUpdate('decide', {
      args: [{ question: question.id, action: 'abort', by: 'me', reason: 'another night' }],
    })
    const result = await resultOf(run)
    expect(result.state).toBe('aborted')
    expect(stage.world.acls.get('A')).toEqual([])
    expect(stage.world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
    expect(stage.world.links.get('A->B')?.selection).toBe('accounting\\.invoices')
    expect(await stage.pairHandle().query<PairStatus>('status')).toMatchObject({
      active: 'A',
      lease: null,
      episode: null,
    })
  })

  test('cancel while the lag is awaited restarts producers, lifts the fence, and ends as cancelled', async () => {
    stage.world.lag = 5
    const run = await stage.start('failover')
    await waitingAt(run, 'confirm-mirrored')
    expect(stage.world.apps.get('invoicing')?.state).toBe('stopped')
    await run.cancel()
    await expect(resultOf(run)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
    expect(stage.world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
    expect(stage.world.acls.get('A')).toEqual([])
    expect(await stage.pairHandle().query<PairStatus>('status')).toMatchObject({
      active: 'A',
      lease: null,
      episode: null,
    })
  })

  test('cancel after the point of no return is recorded and refused, and the run goes on', async () => {
    stage.world.drained = false
    const run = await stage.start('failover')
    await waitingAt(run, 'drain-consumers')
    await run.cancel()
    const progress = await until(run, ({ refusedMessages }) => refusedMessages.count > 0)
    expect(progress.refusedMessages.last[0]?.error).toContain('point of no return')
    stage.world.drained = true
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('a failed step asks, and goes on after retry', async () => {
    stage.world.broken.set('setSelection', 'Connect refused the configuration')
    const run = await stage.start('failover')
    const question = await waitingAt(run, 'disable-topics')
    expect(question.text).toContain('Connect refused')
    stage.world.broken.delete('setSelection')
    await run.executeUpdate('decide', {
      args: [{ question: question.id, action: 'retry', by: 'me', reason: 'mended' }],
    })
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(stage.world.count('select A->B ^$')).toBe(1)
  })
})

describe('in doubt', () => {
  test('a terminated run leaves the episode in doubt; only adopt goes on, where it stood', async () => {
    stage.world.drained = false
    const first = await stage.start('failover')
    await waitingAt(first, 'drain-consumers')
    await first.terminate('pressed in the UI')
    await expect(resultOf(await stage.start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('in doubt') },
    })
    stage.world.drained = true
    const second = await stage.start('failover', { adopt: true })
    const result = await resultOf(second)
    expect(result.state).toBe('succeeded')
    expect(stage.world.count('stop invoicing')).toBe(1)
    expect(stage.world.count('start invoicing on B all')).toBe(1)
    expect(stage.world.count('fence A')).toBe(1)
  })

  test('a run that waited for its approval can be adopted, approved and forced by the hash it had', async () => {
    const first = await stage.start('failover', { approvedBy: undefined })
    const asked = await waitingAt(first, 'approve')
    await first.terminate('pressed in the UI')
    const second = await stage.start('failover', { adopt: true, approvedBy: undefined })
    const question = await waitingAt(second, 'approve')
    expect(question.send.payload['planHash']).toBe(asked.send.payload['planHash'])
    await second.executeUpdate('approve', { args: [question.send.payload] })
    expect((await resultOf(second)).state).toBe('succeeded')
  })

  test('a run that was reset in the UI may not write any more', async () => {
    stage.world.drained = false
    const first = await stage.start('failover')
    await waitingAt(first, 'drain-consumers')
    const { events } = await first.fetchHistory()
    const firstDone = events?.find((event) => event.workflowTaskCompletedEventAttributes)
    const reset = await stage.client.workflowService.resetWorkflowExecution({
      namespace: stage.client.options.namespace,
      workflowExecution: { workflowId: first.workflowId, runId: first.firstExecutionRunId },
      reason: 'pressed in the UI',
      workflowTaskFinishEventId: firstDone?.eventId,
      requestId: 'reset-1',
    })
    const again = stage.client.workflow.getHandle(first.workflowId, reset.runId)
    await expect(again.result()).rejects.toThrow()
    expect(stage.world.count('stop invoicing')).toBe(1)
    stage.world.drained = true
    expect((await resultOf(await stage.start('failover', { adopt: true }))).state).toBe('succeeded')
    expect(stage.world.count('start invoicing on B all')).toBe(1)
  })

  test('handOver on the pair closes the episode as it stands', async () => {
    stage.world.drained = false
    const first = await stage.start('failover')
    await waitingAt(first, 'drain-consumers')
    await expect(
      stage.pairHandle().executeUpdate('handOver', { args: [{ by: 'me', reason: 'by hand' }] }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('decide handOver there') } })
    const question = await waitingAt(first, 'drain-consumers')
    await first.executeUpdate('decide', {
      args: [{ question: question.id, action: 'handOver', by: 'me', reason: 'by hand' }],
    })
    expect((await resultOf(first)).state).toBe('handed-over')
    expect(await stage.pairHandle().query<PairStatus>('status')).toMatchObject({
      active: 'B',
      lease: null,
      episode: null,
    })
  })
})

describe('forced', () => {
  test('a dark source is tried once, skipped with its reason, and its fence is owed and kept by the pair', async () => {
    stage.world.dark.add('A')
    stage.world.lag = 4
    const run = await stage.start('failover', { mode: 'forced', approvedBy: undefined })
    const approval = await waitingAt(run, 'approve')
    expect(approval.text).toContain('4 records')
    await run.executeUpdate('approve', { args: [approval.send.payload] })
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    const states = Object.fromEntries(result.progress.steps.map(({ id, state }) => [id, state]))
    expect(states).toMatchObject({ 'fence-source': 'skipped', 'drain-consumers': 'skipped', 'start-producers': 'done' })
    expect(result.progress.obligations.join()).toContain('Fence the writes on A as soon as it answers')
    stage.world.dark.delete('A')
    await expect
      .poll(async () => (await stage.pairHandle().query<PairStatus>('status')).obligations, { timeout: 15_000 })
      .toEqual([])
    expect(stage.world.acls.get('A')?.length).toBe(1)
    expect(stage.world.count('fence A')).toBe(1)
  })
})

test('a source that goes dark after the approval can be given up from the question of the step that failed', async () => {
  const run = await stage.start('failover', { approvedBy: undefined })
  const first = await waitingAt(run, 'approve')
  stage.world.dark.add('A')
  await run.executeUpdate('approve', { args: [first.send.payload] })
  const question = await waitingAt(run, 'fence-source')
  expect(question.text).toContain('If A is to be given up')
  const { planHash } = await run.query<{ planHash: string }>('progress')
  await run.executeUpdate('force', { args: [{ by: 'me', reason: 'A is gone', planHash }] })
  const second = await waitingAt(run, 'approve')
  await run.executeUpdate('approve', { args: [second.send.payload] })
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.steps.find(({ id }) => id === 'fence-source')?.state).toBe('skipped')
  expect(stage.world.count('stop invoicing')).toBe(1)
})

test('a reset that is aborted tells the desk not to act, and leaves the returning cluster fenced', async () => {
  await resultOf(await stage.start('failover'))
  const reset = await stage.start('reset', { branch: 'recover' })
  const ticket = await waitingAt(reset, 'await-ticket')
  await reset.executeUpdate('decide', {
    args: [{ question: ticket.id, action: 'abort', by: 'me', reason: 'not today' }],
  })
  expect((await resultOf(reset)).state).toBe('aborted')
  expect([...stage.world.tickets.values()][0]?.comments.at(-1)).toContain('do NOT disable')
  expect(stage.world.acls.get('A')?.length).toBeGreaterThan(0)
  const again = await stage.start('reset', { branch: 'recover' })
  await throughTicket(again, 'A->B')
  expect((await resultOf(again)).state).toBe('succeeded')
  expect(stage.world.count('open ticket')).toBe(1)
})

test('a dry run writes nothing and holds nothing', async () => {
  const result = await resultOf(await stage.start('failover', { dryRun: true }))
  expect(result.state).toBe('dry-run')
  expect(result.progress.planHash).toMatch(/^[0-9a-f]{16}$/)
  expect(stage.world.acts).toEqual([])
  expect((await resultOf(await stage.start('failover'))).state).toBe('succeeded')
})
