import type { WorkflowHandle } from '@temporalio/client'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { asAsked, pairQueries, runSignals, runUpdates } from '../../src/contract/definitions.ts'
import { pairWorkflowId } from '../../src/contract/names.ts'
import { PairRecord } from '../../src/workflows/pair/pair-record.ts'
import { resultOf, type Stage, until, waitingAt } from '../../test/workflows/stage.ts'
import type { Recorder } from './recorder.ts'

export type Scenario = (stage: Stage, recorder: Recorder) => Promise<void>

type Run = WorkflowHandle

/** Reads the run where it waits at a step, then answers as the question asks to. */
async function answer(
  run: Run,
  recorder: Recorder,
  step: string,
  payload: Record<string, unknown> = {},
): Promise<void> {
  const question = await waitingAt(run, step)
  await recorder.read(run, `waits at ${step}`)
  await run.executeUpdate(...asAsked(question, payload))
}

/** The desk disables the link, then tells. */
async function processTicket(stage: Stage, recorder: Recorder, run: Run, link: 'A->B' | 'B->A'): Promise<void> {
  await waitingAt(run, 'await-ticket')
  const state = stage.world.links.get(link)
  if (state) state.state = 'stopped'
  await answer(run, recorder, 'await-ticket')
}

/** A run that was refused or cancelled ends as failed; that is what is recorded. */
async function over(run: Run): Promise<void> {
  await resultOf(run).catch(() => undefined)
}

async function failedOver(stage: Stage, extra: object = {}): Promise<void> {
  await resultOf(await stage.start('failover', extra))
}

async function wasReset(stage: Stage, recorder: Recorder): Promise<void> {
  const run = await stage.start('reset', { branch: 'recover' })
  await processTicket(stage, recorder, run, 'A->B')
  await resultOf(run)
}

/** One after the other, each on a pair of its own. The name of a file says what happens in it. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  async story(stage, recorder) {
    const failover = await stage.start('failover', { approvedBy: undefined })
    await failover
      .executeUpdate(runUpdates.decide, {
        args: [{ question: 'verify#9', action: 'retry', by: 'you', reason: 'not asked' }],
      })
      .catch(() => undefined)
    await failover.signal('__temporal_strange', 'anything')
    await failover.signal('strange', 'anything')
    await answer(failover, recorder, 'approve')
    await resultOf(failover)
    await recorder.keep('failover', failover)
    await recorder.read(stage.pairHandle(), 'after failover')

    stage.world.lag = 3
    const reset = await stage.start('reset', { branch: 'recover' })
    await reset.signal(runSignals.ticketCompleted, { ticketId: 'T-9', completedBy: 'another desk' })
    await reset.signal(runSignals.ticketCompleted.name, 'garbage')
    stage.world.conflicts = { complete: true, topics: [['accounting.invoices', 2, 1, 0]], keyless: 0, compacted: [] }
    stage.world.copyStretches = 2
    await answer(reset, recorder, 'settle-stranded', { action: 'replay' })
    await answer(reset, recorder, 'settle-stranded')
    stage.world.lag = 0
    await processTicket(stage, recorder, reset, 'A->B')
    await resultOf(reset)
    await recorder.keep('reset', reset)
    await recorder.read(stage.pairHandle(), 'after reset')

    const failback = await stage.start('failback')
    await processTicket(stage, recorder, failback, 'B->A')
    await resultOf(failback)
    await recorder.keep('failback', failback)
    await recorder.keep('pair', stage.pairHandle())
  },

  async forced(stage, recorder) {
    stage.world.dark.add('A')
    stage.world.lag = 4
    const failover = await stage.start('failover', { mode: 'forced', approvedBy: undefined })
    await answer(failover, recorder, 'approve')
    await resultOf(failover)
    await recorder.keep('failover-forced', failover)
    await recorder.read(stage.pairHandle(), 'owes a fence')

    stage.world.dark.delete('A')
    while ((await stage.pairHandle().query(pairQueries.status)).obligations.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await recorder.read(stage.pairHandle(), 'fenced what it owed')
    const reset = await stage.start('reset', { branch: 'recover' })
    await answer(reset, recorder, 'settle-stranded', { action: 'discard' })
    await answer(reset, recorder, 'settle-stranded')
    await processTicket(stage, recorder, reset, 'A->B')
    await resultOf(reset)
    await recorder.keep('reset-discarded', reset)

    stage.world.lag = 2
    stage.world.dark.add('B')
    const failback = await stage.start('failback', { mode: 'forced' })
    await answer(failback, recorder, 'approve')
    await processTicket(stage, recorder, failback, 'B->A')
    await resultOf(failback)
    await recorder.keep('failback-forced', failback)
    await recorder.keep('pair-forced', stage.pairHandle())
  },

  async becameForced(stage, recorder) {
    stage.world.lag = 5
    const run = await stage.start('failover')
    await waitingAt(run, 'confirm-mirrored')
    await run.executeUpdate(runUpdates.pause, { args: [{ by: 'you', reason: 'coffee' }] })
    await recorder.read(run, 'paused')
    await run.executeUpdate(runUpdates.resume, { args: [{ by: 'you' }] })
    const { planHash } = await until(run, ({ planHash: hash }) => hash !== null)
    await recorder.read(run, 'waits at confirm-mirrored')
    await run.executeUpdate(runUpdates.force, { args: [{ by: 'you', reason: 'A is gone', planHash }] })
    await answer(run, recorder, 'approve')
    await resultOf(run)
    await recorder.keep('failover-became-forced', run)
  },

  async aborted(stage, recorder) {
    stage.world.lag = 5
    const run = await stage.start('failover')
    await waitingAt(run, 'confirm-mirrored')
    await run.cancel()
    await over(run)
    await recorder.keep('failover-cancelled', run)

    const second = await stage.start('failover')
    await answer(second, recorder, 'confirm-mirrored', { action: 'abort' })
    await resultOf(second)
    await recorder.keep('failover-aborted', second)
  },

  async retried(stage, recorder) {
    stage.world.broken.set('setSelection', 'Connect refused the configuration')
    stage.world.broken.set('startApplication', 'the scheduler is down')
    const run = await stage.start('failover')
    await answer(run, recorder, 'start-producers', { action: 'skip' })
    await waitingAt(run, 'disable-topics')
    stage.world.broken.delete('setSelection')
    await answer(run, recorder, 'disable-topics')
    await run.cancel()
    await answer(run, recorder, 'start-consumers', { action: 'skip' })
    await over(run)
    await recorder.keep('failover-retried-and-skipped', run)
  },

  async inDoubt(stage, recorder) {
    stage.world.drained = false
    const first = await stage.start('failover')
    await waitingAt(first, 'drain-consumers')
    await recorder.read(first, 'waits at drain-consumers')
    await first.terminate('pressed in the UI')
    await recorder.keep('failover-terminated', first)
    const refused = await stage.start('failover')
    await over(refused)
    await recorder.keep('failover-refused', refused)
    await recorder.read(stage.pairHandle(), 'in doubt')

    const second = await stage.start('failover', { adopt: true })
    await answer(second, recorder, 'drain-consumers', { action: 'handOver' })
    await resultOf(second)
    await recorder.keep('failover-adopted-and-handed-over', second)
    await recorder.keep('pair-in-doubt', stage.pairHandle())
  },

  async replaced(stage, recorder) {
    await failedOver(stage)
    const run = await stage.start('reset', { branch: 'replace', replacement: 'C' })
    await processTicket(stage, recorder, run, 'A->B')
    await resultOf(run)
    await recorder.keep('reset-replace', run)
  },

  async asked(stage, recorder) {
    await failedOver(stage)
    stage.world.broken.set('openTicket', 'connection reset')
    const reset = await stage.start('reset', { branch: 'recover' })
    const ticket = await waitingAt(reset, 'await-ticket')
    await until(reset, ({ tickets }) => (tickets[0]?.reminders ?? 0) >= 2)
    await recorder.read(reset, 'reminded the desk')
    await reset.executeUpdate(...asAsked(ticket))
    await waitingAt(reset, 'confirm-disabled')
    await recorder.read(reset, 'does not believe the ticket')
    const link = stage.world.links.get('A->B')
    if (link) link.state = 'stopped'
    await resultOf(reset)
    await recorder.keep('reset-ticket-not-believed', reset)
  },

  async small(stage, recorder) {
    const rehearsal = await stage.start('failover', { dryRun: true })
    await resultOf(rehearsal)
    await recorder.keep('failover-dry-run', rehearsal)
    const garbage = await stage.start('failover', { mode: 'whatever' })
    await over(garbage)
    await recorder.keep('failover-invalid-input', garbage)
  },

  async continued(stage, recorder) {
    const at = new Date().toISOString()
    const before = new PairRecord({
      dossier: newDossier({ pair: stage.pair, primary: 'A', secondary: 'B', at }),
      lease: null,
      epoch: 0,
      adopted: false,
      keys: [],
      events: [],
    })
    const run = { workflowId: 'failover/before', runId: '00000000-0000-4000-8000-000000000001' }
    const { epoch } = before.acquire({ ...run, operation: 'failover', adopt: false, holderClosed: null, at })
    before.release({ lease: { pair: stage.pair, ...run, epoch }, outcome: 'succeeded', entries: [] }, at)
    const pair = await stage.client.workflow.start('pair', {
      workflowId: pairWorkflowId(stage.pair),
      taskQueue: stage.queue,
      args: [{ pair: stage.pair, primary: 'A', secondary: 'B', state: before.state }],
    })
    await wasReset(stage, recorder)
    await recorder.keep('pair-continued', pair)
  },
}
