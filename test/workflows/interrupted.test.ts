import { describe, expect, test } from 'vitest'
import { asAsked, pairQueries, pairUpdates, runQueries, runUpdates } from '../../src/contract/definitions.ts'
import { resultOf, until, waitingAt } from './stage.ts'
import { useStages } from './use-stages.ts'

/** Runs that are stopped, lost or refused in the middle. */

const stage = useStages('interrupted')

/** A failover that cannot mark the cut: what it answers takes it back, and gives its result. */
async function heldAtMarkCut(): Promise<() => ReturnType<typeof resultOf>> {
  const { world } = stage()
  world.broken.set('readEnds', 'B does not answer')
  const run = await stage().start('failover')
  const question = await waitingAt(run, 'mark-cut')
  return async () => {
    world.broken.delete('readEnds')
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'abort', by: 'me', reason: 'another night' }],
    })
    return resultOf(run)
  }
}

describe('stepping back', () => {
  test('abort before the point of no return undoes everything from its pre-images', async () => {
    const abort = await heldAtMarkCut()
    expect(stage().world.acls.get('A')?.length).toBe(1)
    const result = await abort()
    expect(result.state).toBe('aborted')
    expect(stage().world.acls.get('A')).toEqual([])
    expect(stage().world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
    expect(stage().world.links.get('A->B')?.selection).toBe('accounting\\.invoices')
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({
      active: 'A',
      lease: null,
      episode: null,
    })
  })

  test.each([
    ['nowhere', { state: 'stopped' as const, adapter: 'command' as const }, 'stopped'],
    ['on the target', { state: 'running' as const, adapter: 'command' as const, cluster: 'B' }, 'B'],
  ])('a producer that ran %s before it was stopped is left as it was', async (_, before, then) => {
    const { world } = stage()
    world.apps.set('invoicing', { name: 'invoicing', ...before })
    const abort = await heldAtMarkCut()
    expect(world.apps.get('invoicing')?.state).toBe('stopped')
    expect((await abort()).state).toBe('aborted')
    const { state, cluster } = world.apps.get('invoicing') ?? {}
    expect(state === 'stopped' ? state : cluster).toBe(then)
    expect(world.count('start invoicing on A')).toBe(0)
  })

  test('where copies keep their names the topics are disabled before the start, and an abort selects them again', async () => {
    const { world } = stage()
    world.oneLog = true
    const abort = await heldAtMarkCut()
    expect(world.links.get('A->B')?.selection).toBe('^$')
    expect((await abort()).state).toBe('aborted')
    expect(world.links.get('A->B')?.selection).toBe('accounting\\.invoices')
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({
      active: 'A',
      protectedBy: { from: 'A', to: 'B' },
    })
  })

  test('cancel while the lag is awaited restarts producers, lifts the fence, and ends as cancelled', async () => {
    stage().world.lag = 5
    const run = await stage().start('failover')
    await waitingAt(run, 'confirm-mirrored')
    expect(stage().world.apps.get('invoicing')?.state).toBe('stopped')
    await run.cancel()
    await expect(resultOf(run)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
    expect(stage().world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
    expect(stage().world.acls.get('A')).toEqual([])
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({
      active: 'A',
      lease: null,
      episode: null,
    })
  })

  test('cancel after the point of no return is recorded and refused, and the run goes on', async () => {
    stage().world.drained = false
    const run = await stage().start('failover')
    await waitingAt(run, 'drain-consumers')
    await run.cancel()
    const progress = await until(run, ({ refusedMessages }) => refusedMessages.count > 0)
    expect(progress.refusedMessages.last[0]?.error).toContain('point of no return')
    stage().world.drained = true
    expect((await resultOf(run)).state).toBe('succeeded')
  })

  test('a failed step asks, and goes on after retry', async () => {
    stage().world.broken.set('setSelection', 'Connect refused the configuration')
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'disable-topics')
    expect(question.text).toContain('Connect refused')
    stage().world.broken.delete('setSelection')
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'retry', by: 'me', reason: 'mended' }],
    })
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(stage().world.count('select A->B ^$')).toBe(1)
  })

  test('a link that cannot be changed holds no producer back; from their start on the pair is unprotected, and nothing is undone', async () => {
    const { world } = stage()
    world.broken.set('setSelection', 'Connect refused the configuration')
    const run = await stage().start('failover')
    const question = await waitingAt(run, 'disable-topics')
    expect(question.choices).not.toContain('abort')
    expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({ active: 'B', protectedBy: null })
    await run.cancel()
    const { refusedMessages } = await until(run, ({ refusedMessages: refused }) => refused.count > 0)
    expect(refusedMessages.last[0]?.error).toContain('point of no return')
    await run.terminate('pressed in the UI')
    world.broken.delete('setSelection')
    const second = await stage().start('failover', { adopt: true })
    expect((await resultOf(second)).state).toBe('succeeded')
    expect(world.count('start invoicing on B all')).toBe(1)
    expect(world.acts.indexOf('select A->B ^$')).toBeGreaterThan(world.acts.indexOf('start invoicing on B all'))
    expect(world.acts.indexOf('select A->B ^$')).toBeLessThan(world.acts.indexOf('stop billing'))
  })
})

describe('stepping back, interrupted', () => {
  test('a step back that fails can be handed over', async () => {
    stage().world.lag = 5
    const run = await stage().start('failover')
    await waitingAt(run, 'confirm-mirrored')
    stage().world.broken.set('liftFence', 'A refuses the administrator')
    await run.cancel()
    const question = await waitingAt(run, 'fence-source')
    expect(question.text).toContain('A refuses the administrator')
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'handOver', by: 'me', reason: 'by hand' }],
    })
    expect((await resultOf(run)).state).toBe('handed-over')
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({ lease: null, episode: null })
  })

  test('a run terminated in the middle of it is adopted: what was undone is done again, from a new look', async () => {
    const { world } = stage()
    world.lag = 5
    const run = await stage().start('failover')
    await waitingAt(run, 'confirm-mirrored')
    world.underWay = async (what) => {
      if (what === 'start invoicing on A all') await run.terminate('pressed in the UI')
    }
    await run.cancel()
    await expect(resultOf(run)).rejects.toMatchObject({ cause: { name: 'TerminatedFailure' } })
    await expect.poll(() => world.apps.get('invoicing')?.state).toBe('running')
    world.lag = 0
    const second = await stage().start('failover', { adopt: true })
    expect((await resultOf(second)).state).toBe('succeeded')
    expect(world.acts.slice(0, 6)).toEqual([
      'stop invoicing',
      'fence A',
      'lift A',
      'start invoicing on A all',
      'stop invoicing',
      'fence A',
    ])
    expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
  })
})

test('a failback that is cancelled and begun again gives new orders: a receiver takes each key once', async () => {
  const { world } = stage()
  await resultOf(await stage().start('failover'))
  const reset = await stage().start('reset', { branch: 'recover' })
  await stage().throughTicket(reset, 'A->B')
  await resultOf(reset)
  world.lag = 5
  const first = await stage().start('failback')
  await waitingAt(first, 'confirm-mirrored')
  await first.cancel()
  await expect(resultOf(first)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
  world.lag = 0
  const second = await stage().start('failback')
  await stage().throughTicket(second, 'B->A')
  expect((await resultOf(second)).state).toBe('succeeded')
  expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
})

describe('in doubt', () => {
  test('a terminated run leaves the episode in doubt; only adopt goes on, where it stood', async () => {
    stage().world.drained = false
    const first = await stage().start('failover')
    await waitingAt(first, 'drain-consumers')
    await first.terminate('pressed in the UI')
    await expect(resultOf(await stage().start('failover'))).rejects.toMatchObject({
      cause: { message: expect.stringContaining('in doubt') },
    })
    stage().world.drained = true
    const second = await stage().start('failover', { adopt: true })
    const result = await resultOf(second)
    expect(result.state).toBe('succeeded')
    expect(stage().world.count('stop invoicing')).toBe(1)
    expect(stage().world.count('start invoicing on B all')).toBe(1)
    expect(stage().world.count('fence A')).toBe(1)
  })

  test('a run that waited for its approval can be adopted, approved and forced by the hash it had', async () => {
    const first = await stage().start('failover', { approvedBy: undefined })
    const asked = await waitingAt(first, 'approve')
    await first.terminate('pressed in the UI')
    const second = await stage().start('failover', { adopt: true, approvedBy: undefined })
    const question = await waitingAt(second, 'approve')
    expect(question.send.payload['planHash']).toBe(asked.send.payload['planHash'])
    await second.executeUpdate(...asAsked(question))
    expect((await resultOf(second)).state).toBe('succeeded')
  })

  test('a run that was reset in the UI may not write any more', async () => {
    stage().world.drained = false
    const first = await stage().start('failover')
    await waitingAt(first, 'drain-consumers')
    const { events } = await first.fetchHistory()
    const firstDone = events?.find((event) => event.workflowTaskCompletedEventAttributes)
    const reset = await stage().client.workflowService.resetWorkflowExecution({
      namespace: stage().client.options.namespace,
      workflowExecution: { workflowId: first.workflowId, runId: first.firstExecutionRunId },
      reason: 'pressed in the UI',
      workflowTaskFinishEventId: firstDone?.eventId ?? null,
      requestId: 'reset-1',
    })
    const again = stage().client.workflow.getHandle(first.workflowId, reset.runId)
    await expect(again.result()).rejects.toThrow()
    expect(stage().world.count('stop invoicing')).toBe(1)
    stage().world.drained = true
    expect((await resultOf(await stage().start('failover', { adopt: true }))).state).toBe('succeeded')
    expect(stage().world.count('start invoicing on B all')).toBe(1)
  })

  test('handOver on the pair closes the episode as it stands', async () => {
    stage().world.drained = false
    const first = await stage().start('failover')
    await waitingAt(first, 'drain-consumers')
    await expect(
      stage()
        .pairHandle()
        .executeUpdate(pairUpdates.handOver, { args: [{ by: 'me', reason: 'by hand' }] }),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('decide handOver there') } })
    const question = await waitingAt(first, 'drain-consumers')
    await first.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'handOver', by: 'me', reason: 'by hand' }],
    })
    expect((await resultOf(first)).state).toBe('handed-over')
    expect(await stage().pairHandle().query(pairQueries.status)).toMatchObject({
      active: 'B',
      lease: null,
      episode: null,
    })
  })
})

describe('forced', () => {
  test('a dark source is tried once, skipped with its reason, and its fence is owed and kept by the pair', async () => {
    stage().world.dark.add('A')
    stage().world.lag = 4
    const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
    const approval = await waitingAt(run, 'approve')
    expect(approval.text).toContain('4 records')
    await run.executeUpdate(...asAsked(approval))
    const result = await resultOf(run)
    expect(result.state).toBe('succeeded')
    const states = Object.fromEntries(result.progress.steps.map(({ id, state }) => [id, state]))
    expect(states).toMatchObject({ 'fence-source': 'skipped', 'drain-consumers': 'skipped', 'start-producers': 'done' })
    expect(result.progress.obligations.join()).toContain('Fence the writes on A as soon as it answers')
    stage().world.dark.delete('A')
    await expect.poll(async () => (await stage().pairHandle().query(pairQueries.status)).obligations).toEqual([])
    expect(stage().world.acls.get('A')?.length).toBe(1)
    expect(stage().world.count('fence A')).toBe(1)
  })

  test('a loss that nobody can count is recorded as unknown, and holds nothing up', async () => {
    stage().world.dark.add('A')
    stage().world.lossUnknown = true
    const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
    await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
    expect((await resultOf(run)).state).toBe('succeeded')
    const { ledgers } = await stage().pairHandle().query(pairQueries.ledger)
    expect(ledgers.at(-1)).toMatchObject({ kind: 'estimate', records: null })
  })
})

test('a producer whose state nobody can tell holds nothing back: a person is asked at once, and answers for it', async () => {
  const { world } = stage()
  world.dark.add('A')
  world.broken.set('stopApplication', 'the host of invoicing does not answer')
  world.apps.set('invoicing', {
    name: 'invoicing',
    state: 'unknown',
    adapter: 'command',
    detail: 'its host does not answer',
  })
  const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
  await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
  const question = await waitingAt(run, 'start-producers')
  expect(question.text).toContain('unknown whether invoicing still runs (its host does not answer)')
  expect(question.choices).toEqual(expect.arrayContaining(['proceed', 'retry', 'skip']))
  expect(world.count('start invoicing on B all')).toBe(0)
  world.broken.delete('stopApplication')
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'proceed', by: 'kim', reason: 'the site is lost' }],
  })
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.notes).toContainEqual('kim answers for it that invoicing does not run on A')
  const { obligations } = await stage().pairHandle().query(pairQueries.status)
  expect(obligations.map(({ id }) => id)).toContain('stop-producers/A/1')
})

test('an order to stop that comes late, and stops what was started meanwhile: whoever asks for it again has it started by a new order', async () => {
  const { world } = stage()
  world.dark.add('A')
  // It remembers the keys of its orders: the old one does nothing any more.
  world.mishaps.set('stop invoicing', 'arrives late')
  const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
  await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
  const question = await waitingAt(run, 'start-producers')
  expect(question.text).toContain('Not running on B: invoicing is stopped')
  expect(question.choices).toContain('retry')
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: question.id, action: 'retry', by: 'kim', reason: 'the order to stop came late' }],
  })
  expect((await resultOf(run)).state).toBe('succeeded')
  expect(world.acts.filter((act) => act.endsWith('invoicing') || act.startsWith('start invoicing'))).toEqual([
    'start invoicing on B all',
    'stop invoicing',
    'start invoicing on B all',
  ])
  expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
})

describe('forced, the source lost with its hosts', () => {
  async function begun(prepare: () => void = () => undefined) {
    const { world } = stage()
    world.dark.add('A')
    prepare()
    const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
    await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
    return { world, run }
  }

  async function settled(run: Awaited<ReturnType<typeof begun>>['run'], step: string) {
    const question = await waitingAt(run, step)
    stage().world.broken.clear()
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'retry', by: 'kim', reason: 'Connect answers again' }],
    })
    return resultOf(run)
  }

  test('a link that does not follow holds back neither producers nor consumers', async () => {
    const { world, run } = await begun(() => stage().world.broken.set('setSelection', 'the tasks do not answer'))
    await waitingAt(run, 'disable-topics')
    expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
    expect(world.apps.get('billing')).toMatchObject({ state: 'running', cluster: 'B' })
    const { progress, state } = await settled(run, 'disable-topics')
    expect(state).toBe('succeeded')
    expect(progress.notes.join()).toContain('disable-topics comes after start-consumers: A does not answer')
    expect(world.acts.indexOf('select A->B ^$')).toBeGreaterThan(world.acts.indexOf('start billing on B all'))
    const { moves } = await stage().pairHandle().query(pairQueries.dossier)
    expect(moves).toHaveLength(1)
  })

  test('a source that answers is not waited for either, and its topics are disabled before any group is placed', async () => {
    const { world, run } = await begun(() => stage().world.dark.delete('A'))
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(world.acts.indexOf('select A->B ^$')).toBeGreaterThan(world.acts.indexOf('start invoicing on B all'))
    expect(world.acts.indexOf('select A->B ^$')).toBeLessThan(world.acts.indexOf('place billing on B'))
  })

  test('a planned run whose source is lost at disable-topics starts its consumers first, once it is forced', async () => {
    const { world } = stage()
    world.broken.set('setSelection', 'the tasks do not answer')
    const run = await stage().start('failover')
    await waitingAt(run, 'disable-topics')
    world.dark.add('A')
    const { planHash } = await run.query(runQueries.progress)
    await run.executeUpdate(runUpdates.force, { args: [{ by: 'kim', reason: 'A is gone', planHash }] })
    await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
    await until(run, () => world.apps.get('billing')?.cluster === 'B')
    expect((await settled(run, 'disable-topics')).state).toBe('succeeded')
    expect(world.acts.indexOf('select A->B ^$')).toBeGreaterThan(world.acts.indexOf('start billing on B all'))
  })

  test('a stop that hangs on a lost host takes one short try in front of the producers', async () => {
    const { world, run } = await begun(() => {
      stage().world.underWay = async (what) => {
        if (what === 'stop invoicing') await new Promise<never>(() => undefined)
      }
      stage().world.apps.set('invoicing', { name: 'invoicing', state: 'unknown', adapter: 'command' })
    })
    const question = await waitingAt(run, 'start-producers')
    const { steps } = await run.query(runQueries.progress)
    const stop = steps.find(({ id }) => id === 'stop-producers')
    expect(stop?.state).toBe('skipped')
    // Well below the minute that it once had.
    expect(stop?.seconds).toBeLessThan(20)
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'proceed', by: 'kim', reason: 'the site is lost' }],
    })
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(world.count('start invoicing on B all')).toBe(1)
  })

  test('a consumer whose state nobody can tell is asked about at once, and started on the word of whoever answers', async () => {
    const { world, run } = await begun(() => {
      const { world: lost } = stage()
      lost.underWay = async (what) => {
        if (what === 'stop billing') await new Promise<never>(() => undefined)
      }
      lost.apps.set('billing', { name: 'billing', state: 'unknown', adapter: 'webhook', detail: 'its host is silent' })
    })
    const question = await waitingAt(run, 'stop-consumers')
    expect(question.text).toContain('unknown whether billing still runs (its host is silent)')
    expect(question.choices).toEqual(expect.arrayContaining(['proceed', 'retry']))
    expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'B' })
    expect(world.count('place billing on B')).toBe(0)
    world.underWay = async () => undefined
    await run.executeUpdate(runUpdates.decide, {
      args: [{ question: question.id, action: 'proceed', by: 'kim', reason: 'the site is lost' }],
    })
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(world.apps.get('billing')).toMatchObject({ state: 'running', cluster: 'B' })
    const { obligations } = await stage().pairHandle().query(pairQueries.status)
    expect(obligations.find(({ id }) => id === 'stop-consumers/A/1')?.text).toContain('billing cannot read on A')
  })
})

describe('a forced run that is aborted owes nothing any more', () => {
  async function atMarkCut() {
    const { world } = stage()
    world.dark.add('A')
    // A dark cluster fails at once; the stop of an application may take its time.
    world.forcedTry = 5_000
    world.broken.set('readEnds', 'B does not answer')
    const run = await stage().start('failover', { mode: 'forced', approvedBy: undefined })
    await run.executeUpdate(...asAsked(await waitingAt(run, 'approve')))
    const question = await waitingAt(run, 'mark-cut')
    const abort = async () => {
      world.broken.delete('readEnds')
      await run.executeUpdate(runUpdates.decide, {
        args: [{ question: question.id, action: 'abort', by: 'me', reason: 'A is back' }],
      })
      expect((await resultOf(run)).state).toBe('aborted')
      expect(world.apps.get('invoicing')).toMatchObject({ state: 'running', cluster: 'A' })
      expect(world.acls.get('A')).toEqual([])
    }
    const owed = async () => (await stage().pairHandle().query(pairQueries.status)).obligations.map(({ id }) => id)
    return { world, abort, owed }
  }

  test('and the pair does not fence the producers that are back there', async () => {
    const { world, abort, owed } = await atMarkCut()
    expect(await owed()).toEqual(['fence/A/1'])
    await abort()
    world.dark.delete('A')
    expect(await owed()).toEqual([])
    // The pair looks twice a second at what it owes.
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(world.acls.get('A')).toEqual([])
  })

  test('and what the pair has fenced meanwhile is lifted', async () => {
    const { world, abort, owed } = await atMarkCut()
    world.dark.delete('A')
    await expect.poll(owed).toEqual([])
    expect(world.acls.get('A')).toHaveLength(1)
    await abort()
    const { fences } = await stage().pairHandle().query(pairQueries.dossier)
    expect(fences).toEqual([])
  })
})

test('a source that goes dark after the approval can be given up from the question of the step that failed', async () => {
  const run = await stage().start('failover', { approvedBy: undefined })
  const first = await waitingAt(run, 'approve')
  stage().world.dark.add('A')
  await run.executeUpdate(...asAsked(first))
  const question = await waitingAt(run, 'fence-source')
  expect(question.text).toContain('If A is to be given up')
  const { planHash } = await run.query(runQueries.progress)
  await run.executeUpdate(runUpdates.force, { args: [{ by: 'me', reason: 'A is gone', planHash }] })
  const second = await waitingAt(run, 'approve')
  await run.executeUpdate(...asAsked(second))
  const result = await resultOf(run)
  expect(result.state).toBe('succeeded')
  expect(result.progress.steps.find(({ id }) => id === 'fence-source')?.state).toBe('skipped')
  expect(stage().world.count('stop invoicing')).toBe(1)
})

test('a reset that is aborted tells the desk not to act, and leaves the returning cluster fenced; the next one asks with a ticket of its own', async () => {
  await resultOf(await stage().start('failover'))
  const reset = await stage().start('reset', { branch: 'recover' })
  const ticket = await waitingAt(reset, 'await-ticket')
  await reset.executeUpdate(runUpdates.decide, {
    args: [{ question: ticket.id, action: 'abort', by: 'me', reason: 'not today' }],
  })
  expect((await resultOf(reset)).state).toBe('aborted')
  expect([...stage().world.tickets.values()][0]?.comments.at(-1)).toContain('do NOT disable')
  expect(stage().world.acls.get('A')?.length).toBeGreaterThan(0)
  const again = await stage().start('reset', { branch: 'recover' })
  // Whoever reads on the first that nothing is to be done does nothing.
  expect((await waitingAt(again, 'await-ticket')).text).toContain('Ticket T-2 ')
  await stage().throughTicket(again, 'A->B')
  expect((await resultOf(again)).state).toBe('succeeded')
  expect(stage().world.count('open ticket')).toBe(2)
  expect([...stage().world.tickets.values()].map(({ comments }) => comments.length)).toEqual([1, 0])
})
