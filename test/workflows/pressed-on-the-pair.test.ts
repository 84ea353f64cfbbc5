import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { registerSearchAttributes, searchAttributesRegistered } from '../../src/activities/search-attributes.ts'
import { asAsked, pairQueries, runSignals, runUpdates } from '../../src/contract/definitions.ts'
import type { pairMessages, runMessages } from '../../src/contract/definitions.ts'
import { searchAttributes } from '../../src/contract/names.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { until as waitFor } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { Stage, progressOf, resultOf, startTemporal, until, waitingAt } from './stage.ts'

/** "Request Cancellation" is the first button on the page of a pair. */

let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(() => env?.teardown())

async function onStage(name: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = new Stage(env, name)
  await stage.startWorker()
  try {
    await play(stage)
  } finally {
    await stage.close()
  }
}

/** As the UI does it: to the first workflow task. */
async function resetToFirst({ client }: Stage, pair: WorkflowHandle): Promise<void> {
  const { runId } = await pair.describe()
  const { events } = await pair.fetchHistory()
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: pair.workflowId, runId },
    reason: 'pressed in the UI',
    workflowTaskFinishEventId: first?.eventId ?? null,
    requestId: `${runId}-reset`,
  })
}

interface Details {
  currentDetails?: string
}

async function pageOf(handle: { query<T>(name: string): Promise<T> }): Promise<string> {
  return (await handle.query<Details>('__temporal_workflow_metadata')).currentDetails ?? ''
}

async function pressCancel(stage: Stage): Promise<void> {
  await stage.pairHandle().cancel()
  await waitFor(async () => (await stage.pairHandle().query(pairQueries.status)).cancelRequestedAt !== undefined, {
    what: 'the pair does not say that Cancel was requested',
    timeoutMs: PATIENCE_MS,
  })
}

test('Cancel on a pair that is at rest: it says that this has no effect, and the next run begins and succeeds', () =>
  onStage('cancelled-at-rest', async (stage) => {
    expect((await resultOf(await stage.start('failover'))).state).toBe('succeeded')
    await pressCancel(stage)
    expect(await pageOf(stage.pairHandle())).toContain('It has no effect: a pair is not stopped by Cancel.')
    const reset = await stage.start('reset', { branch: 'recover' })
    await stage.throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
  }))

test('Cancel on the pair in the middle of a run: the run goes on to its end, and the page links to it', () =>
  onStage('cancelled-in-run', async (stage) => {
    const run = await stage.start('failover', { approvedBy: undefined })
    const question = await waitingAt(run, 'approve')
    await pressCancel(stage)
    expect(await pageOf(stage.pairHandle())).toContain(`request Cancel on [${run.workflowId}]`)
    await run.executeUpdate(...asAsked(question))
    expect((await resultOf(run)).state).toBe('succeeded')
    expect((await stage.pairHandle().query(pairQueries.status)).episode?.stage).toBe('failed-over')
  }))

test('a fence that is outstanding is still put up by a pair on which Cancel was pressed', () =>
  onStage('cancelled-keeper', async (stage) => {
    stage.world.dark.add('A')
    const run = await stage.start('failover', { mode: 'forced' })
    const { payload } = (await waitingAt(run, 'approve')).send
    await run.executeUpdate(runUpdates.approve, { args: [payload] })
    expect((await resultOf(run)).state).toBe('succeeded')
    const open = async () => (await stage.pairHandle().query(pairQueries.status)).obligations.map(({ id }) => id)
    expect(await open()).toContain('fence/A/1')
    await pressCancel(stage)
    stage.world.dark.delete('A')
    await waitFor(async () => !(await open()).includes('fence/A/1'), {
      what: 'the fence stays outstanding',
      timeoutMs: PATIENCE_MS,
    })
  }))

test('Reset on a pair that was handed on, in the middle of a run: it holds again what the run had recorded', () =>
  onStage('reset-in-run', async (stage) => {
    const at = new Date().toISOString()
    const dossier = newDossier({ pair: stage.pair, primary: 'A', secondary: 'B', at })
    const pair = await stage.client.workflow.start('pair', {
      workflowId: stage.pairHandle().workflowId,
      taskQueue: stage.queue,
      args: [
        {
          pair: stage.pair,
          primary: 'A',
          secondary: 'B',
          state: { dossier, lease: null, epoch: 3, adopted: false, keys: [], events: [] },
        },
      ],
    })
    stage.world.lag = 3
    const run = await stage.start('failover')
    await waitingAt(run, 'confirm-mirrored')
    const fences = async () => (await stage.pairHandle().query(pairQueries.dossier)).fences.length
    expect(await fences()).toBe(1)
    await resetToFirst(stage, pair)
    await waitFor(async () => (await fences()) === 1, { what: 'the fence is forgotten', timeoutMs: PATIENCE_MS })
    stage.world.lag = 0
    expect((await resultOf(run)).state).toBe('succeeded')
    const { active, cuts, moves } = await stage.pairHandle().query(pairQueries.dossier)
    expect({ active, cuts: cuts.length, moves: moves.length }).toEqual({ active: 'B', cuts: 1, moves: 1 })
  }))

test('Reset on a pair to its first task, while no cluster answers: what runs recorded is applied in its turn', () =>
  onStage('reset-to-first', async (stage) => {
    expect((await resultOf(await stage.start('failover'))).state).toBe('succeeded')
    const reset = await stage.start('reset', { branch: 'recover' })
    await stage.throughTicket(reset, 'A->B')
    expect((await resultOf(reset)).state).toBe('succeeded')
    stage.world.lag = 3
    const run = await stage.start('failback')
    await waitingAt(run, 'confirm-mirrored')
    const known = async () => {
      const { active, episode, moves, fences } = await stage.pairHandle().query(pairQueries.dossier)
      return { active, stage: episode?.stage, moves: moves.length, fences: fences.map(({ cluster }) => cluster) }
    }
    const before = await known()
    expect(before).toMatchObject({ active: 'B', stage: 'failing-back', moves: 1 })
    for (const cluster of ['A', 'B']) stage.world.dark.add(cluster)
    await resetToFirst(stage, stage.pairHandle())
    await waitFor(async () => JSON.stringify(await known()) === JSON.stringify(before), {
      what: 'what runs recorded is forgotten',
      timeoutMs: PATIENCE_MS,
    })
    for (const cluster of ['A', 'B']) stage.world.dark.delete(cluster)
    stage.world.lag = 0
    await stage.throughTicket(run, 'B->A')
    expect((await resultOf(run)).state).toBe('succeeded')
    expect(await known()).toMatchObject({ active: 'A', moves: 2 })
  }))

test('what a message did is on the page at once: pause with its way on, a refused approval, an unknown signal', () =>
  onStage('published', async (stage) => {
    const run = await stage.start('failover', { approvedBy: undefined })
    await waitingAt(run, 'approve')
    await run.executeUpdate(runUpdates.pause, { args: [{ by: 'kim', reason: 'lunch' }] })
    expect(await pageOf(run)).toMatch(/Paused by kim since .*: lunch[\s\S]*send the update `resume`/)
    expect((await progressOf(run)).paused).toMatchObject({ by: 'kim', reason: 'lunch' })
    await run
      .executeUpdate(runUpdates.approve, { args: [{ question: 'approve#9', by: 'kim', planHash: '0000000000000000' }] })
      .catch(() => undefined)
    expect(await pageOf(run)).toContain('Refused messages: 1')
    await run.signal('nobody-knows-this', { any: 'thing' })
    await until(run, ({ unknownMessages }) => unknownMessages.count === 1)
    await run.executeUpdate(runUpdates.resume, { args: [{ by: 'kim' }] })
    expect(await pageOf(run)).not.toContain('Paused by')
    expect((await progressOf(run)).paused).toBeUndefined()
    await run.cancel()
    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } })
  }))

type Handle = Awaited<ReturnType<Stage['start']>>
/** Every message there is, and what has none of ours: a new one is a compile error here. */
type Message =
  | (typeof runMessages.updates)[number]
  | (typeof runMessages.signals)[number]
  | 'unknown update'
  | 'unknown signal'
  | 'cancel'

const ignored = () => undefined
const update = (handle: Handle, name: string, payload: object) =>
  handle.executeUpdate(name, { args: [payload] }).then(ignored, ignored)

/** Sent in this order to a run that waits for its approval. `page`, `state`: what is shown at once. */
const messageTable: Record<Message, { send: (handle: Handle) => Promise<unknown>; page: RegExp; state: string }> = {
  approve: {
    send: (run) => update(run, 'approve', { question: 'approve#1', by: 'kim', planHash: '0000000000000000' }),
    page: /Refused messages: 1\b/,
    state: 'waiting',
  },
  confirm: {
    send: (run) => update(run, 'confirm', { question: 'verify#7', by: 'kim' }),
    page: /Refused messages: 2\b/,
    state: 'waiting',
  },
  decide: {
    send: (run) => update(run, 'decide', { question: 'verify#7', action: 'retry', by: 'kim', reason: 'why' }),
    page: /Refused messages: 3\b/,
    state: 'waiting',
  },
  completeTicket: {
    send: (run) => update(run, 'completeTicket', { ticketId: 'T-9', completedBy: 'kim' }),
    page: /Refused messages: 4\b/,
    state: 'waiting',
  },
  ticketCompleted: {
    send: (run) => run.signal(runSignals.ticketCompleted, { ticketId: 'T-9', completedBy: 'kim' }),
    page: /Refused messages: 5\b/,
    state: 'waiting',
  },
  'unknown update': { send: (run) => update(run, 'fly', {}), page: /Messages of unknown names: 1\b/, state: 'waiting' },
  'unknown signal': {
    send: (run) => run.signal('nobody-knows-this', {}),
    page: /Messages of unknown names: 2\b/,
    state: 'waiting',
  },
  pause: {
    send: (run) => update(run, 'pause', { by: 'kim', reason: 'lunch' }),
    page: /Paused by kim since .*: lunch/,
    state: 'paused',
  },
  resume: { send: (run) => update(run, 'resume', { by: 'kim' }), page: /resumed by kim/, state: 'waiting' },
  force: {
    send: (run) => update(run, 'force', { by: 'kim', reason: 'A is gone', planHash: '0000000000000000' }),
    page: /Refused messages: 6\b/,
    state: 'waiting',
  },
  cancel: { send: (run) => run.cancel(), page: /aborted/i, state: 'aborted' },
}

test('each message is on the page and in the search attributes at once, whether it is taken, refused or unknown', () =>
  onStage('each-message', async (stage) => {
    await registerSearchAttributes(stage.client).catch(() => undefined)
    await waitFor(() => searchAttributesRegistered(stage.client), {
      what: 'the search attributes are not known',
      timeoutMs: 30_000,
    })
    stage.world.searchAttributes = true
    const run = await stage.start('failover', { approvedBy: undefined })
    await waitingAt(run, 'approve')
    for (const [message, { send, page, state }] of Object.entries(messageTable)) {
      await send(run)
      // A signal and a Cancel are taken at the next workflow task; nothing else moves this run.
      await waitFor(async () => page.test(await pageOf(run)), {
        what: `${message} is not on the page`,
        timeoutMs: 30_000,
      })
      const shown = async () => {
        const { typedSearchAttributes } = await run.describe()
        return typedSearchAttributes.getAll().find(({ key }) => key.name === searchAttributes.state)?.value
      }
      await waitFor(async () => (await shown()) === state, {
        what: `after ${message} the state is not ${state}`,
        timeoutMs: 30_000,
      })
    }
  }))

type PairMessage = (typeof pairMessages.updates)[number] | 'unknown update' | 'unknown signal' | 'cancel'

type PairHandle = ReturnType<Stage['pairHandle']>
const answerTo = (handle: PairHandle, name: string, payload: object) =>
  handle.executeUpdate(name, { args: [payload] }).then(
    (answer) => JSON.stringify(answer),
    (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
  )
const forRuns = /not right[\s\S]*for runs, not for people. Updates for people: handOver, /

/** Sent in this order to a pair in doubt. `answer`: what its sender reads. */
const pairTable: Record<
  PairMessage,
  { send: (pair: PairHandle) => Promise<string | undefined>; answer: RegExp; page: RegExp; state: RegExp }
> = {
  acquire: { send: (pair) => answerTo(pair, 'acquire', {}), answer: forRuns, page: /IN DOUBT/, state: /^in-doubt$/ },
  record: { send: (pair) => answerTo(pair, 'record', {}), answer: forRuns, page: /IN DOUBT/, state: /^in-doubt$/ },
  release: { send: (pair) => answerTo(pair, 'release', {}), answer: forRuns, page: /IN DOUBT/, state: /^in-doubt$/ },
  dischargeObligation: {
    send: (pair) => answerTo(pair, 'dischargeObligation', { id: 'fence/X/9', by: 'kim' }),
    answer: /fence\/X\/9/,
    page: /IN DOUBT/,
    state: /^in-doubt$/,
  },
  recall: {
    send: (pair) => answerTo(pair, 'recall', { by: 'kim' }),
    answer: /"sides":/,
    page: /IN DOUBT/,
    state: /^in-doubt$/,
  },
  adopt: {
    send: (pair) => answerTo(pair, 'adopt', { by: 'kim', checksum: 'none' }),
    answer: /there is nothing to adopt|Nothing can be adopted|is held by/,
    page: /IN DOUBT/,
    state: /^in-doubt$/,
  },
  'unknown update': {
    send: (pair) => answerTo(pair, 'fly', {}),
    answer: /no update "fly". Updates for people: handOver, /,
    page: /IN DOUBT/,
    state: /^in-doubt$/,
  },
  'unknown signal': {
    send: (pair) => pair.signal('handOver', { by: 'kim' }).then(ignored),
    answer: /^$/,
    page: /Signals without effect: 1, the last: handOver. A pair takes no signals/,
    state: /^in-doubt$/,
  },
  cancel: { send: (pair) => pair.cancel().then(ignored), answer: /^$/, page: /It has no effect/, state: /^in-doubt$/ },
  handOver: {
    send: (pair) => answerTo(pair, 'handOver', { by: 'kim', reason: 'looked at it' }),
    answer: /"accepted":true/,
    page: /^(?![\s\S]*IN DOUBT)/,
    state: /^(?!in-doubt$)/,
  },
}

/** What the pair shows as its state in its search attributes, which the server is told of first. */
async function withSearchAttributes(stage: Stage): Promise<() => Promise<unknown>> {
  await registerSearchAttributes(stage.client).catch(() => undefined)
  await waitFor(() => searchAttributesRegistered(stage.client), {
    what: 'the search attributes are not known',
    timeoutMs: PATIENCE_MS,
  })
  stage.world.searchAttributes = true
  stage.world.watchFor = 500
  return async () => {
    const { typedSearchAttributes } = await stage.pairHandle().describe()
    return typedSearchAttributes.getAll().find(({ key }) => key.name === searchAttributes.state)?.value
  }
}

test('each message to the pair is answered, and on its page and in its search attributes at once', () =>
  onStage('each-to-the-pair', async (stage) => {
    const stateOf = await withSearchAttributes(stage)
    const pair = stage.pairHandle()
    const shown = async () => String(await stateOf())
    const run = await stage.start('failover', { approvedBy: undefined })
    await waitingAt(run, 'approve')
    await run.terminate('pressed')
    await waitFor(async () => (await shown()) === 'in-doubt', { what: 'it is not in doubt', timeoutMs: PATIENCE_MS })
    for (const [message, { send, answer, page, state }] of Object.entries(pairTable)) {
      expect(((await send(pair)) ?? '').slice(0, 3_000), message).toMatch(answer)
      await waitFor(async () => page.test(await pageOf(pair)) && state.test(await shown()), {
        what: `${message} is not on the page, or the state is wrong`,
        timeoutMs: PATIENCE_MS,
      })
    }
  }))

test('a saved filter finds the pair that needs somebody: its state is a search attribute, as that of a run', () =>
  onStage('filtered', async (stage) => {
    const found = await withSearchAttributes(stage)
    const comes = (state: string) =>
      waitFor(async () => (await found().catch(() => undefined)) === state, {
        what: `the pair does not become ${state}`,
        timeoutMs: PATIENCE_MS,
      })
    const run = await stage.start('failover', { approvedBy: undefined })
    await waitingAt(run, 'approve')
    await comes('waiting')
    await run.executeUpdate(runUpdates.pause, { args: [{ by: 'kim' }] })
    await comes('paused')
    await run.terminate('pressed')
    await comes('in-doubt')
  }))
