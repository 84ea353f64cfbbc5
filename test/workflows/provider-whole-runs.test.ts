import type { WorkflowHandle } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pairQueries, runUpdates } from '../../src/contract/definitions.ts'
import type { SupportCase } from '../../lab/ibm/cases.ts'
import { until as eventually } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'
import { topic } from './invoices.ts'
import { type CloudStage, cloudStage } from './cloud-stage.ts'
import { progressOf, resultOf, startTemporal, until, waitingAt } from './stage.ts'

/**
 * A provider's bad days, through whole runs: its interfaces over HTTP, its support, and the run between them. The runs go at the
 * same time, since a worker that is taken away in the middle of a wait is missed only after 20 s.
 */

let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env?.teardown()
})

/** Access is IAM's, so a person answers for the fence. */
async function accepted(run: WorkflowHandle, step: string): Promise<void> {
  const { id } = await waitingAt(run, step, 'procedural')
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: id, action: 'proceed', by: 'operator', reason: 'the credentials are revoked' }],
  })
}

async function failedOver({ stage }: CloudStage): Promise<void> {
  const run = await stage.start('failover')
  await accepted(run, 'fence-source')
  expect((await resultOf(run)).state).toBe('succeeded')
}

async function retry(run: WorkflowHandle, step: string): Promise<void> {
  const { id } = await waitingAt(run, step)
  await run.executeUpdate(runUpdates.decide, {
    args: [{ question: id, action: 'retry', by: 'operator', reason: 'at once' }],
  })
}

/** The worker is taken away in the middle of what it does, and another one comes. */
async function workerReplaced({ stage }: CloudStage): Promise<void> {
  await stage.stopWorker()
  await stage.startWorker()
}

const timeoutMs = PATIENCE_MS
const said = ({ comments }: SupportCase) => comments.map(({ value }) => value).join()
const refused = (status: 409 | 423) => ({ status, times: 1 })
const B = ({ cloud }: CloudStage) => cloud.mirrorings.get('B')

function orders({ cloud }: CloudStage): string[] {
  return cloud.mirrorings.orders.map((order) => JSON.stringify(order))
}

/** Requests go on arriving. */
async function asked({ cloud }: CloudStage): Promise<void> {
  const before = cloud.requests.length
  await eventually(() => cloud.requests.length > before + 3, { what: 'further requests', timeoutMs })
}

test.concurrent(
  'failover: no data is no proof, an interface that is down is waited for, and two operators are told of each other',
  async ({ onTestFinished }) => {
    const on = await cloudStage(env, 'cloud-1', { disable: 'ticket', finished: onTestFinished })
    const { stage, cloud } = on
    const { world, acts } = stage
    // From then on the copy stamps its records itself and cannot be compared with the source: latency has to stand in.
    acts.before = async (what) => {
      if (what !== 'stop invoicing') return
      world.goOn()
      world.cluster('B').topic(`${topic}.A`).settings['message.timestamp.type'] = 'LogAppendTime'
      world.cluster('A').produce(topic, ['one more'])
      world.goOn()
    }
    cloud.faults.monitoring = 'no-data'
    cloud.faults.overwriteNext = ['^orders$']
    cloud.authorized.delete('A->B')
    const run = await stage.start('failover')
    await waitingAt(run, 'assess', 'A->B needs an authorization policy')
    cloud.authorized.add('A->B')
    await retry(run, 'assess')
    await accepted(run, 'fence-source')
    await waitingAt(run, 'confirm-mirrored', 'no data is not zero')
    cloud.faults.adminDown = true
    await workerReplaced(on)
    cloud.faults.monitoring = 'samples'
    await asked(on)
    expect((await progressOf(run)).waitingFor.map(({ step }) => step)).toEqual(['confirm-mirrored'])
    cloud.faults.adminDown = false

    await waitingAt(run, 'disable-topics', 'somebody else changes it at the same time. Written "^$", found "orders"')
    expect(B(on).mirroring?.includes).toEqual(['^orders$'])
    await retry(run, 'disable-topics')
    const { state, progress } = await resultOf(run)
    expect(state).toBe('succeeded')
    expect(progress.steps.find(({ id }) => id === 'confirm-mirrored')?.detail).toContain(
      "on the provider's latency alone",
    )
    // What the other one wrote is the other one's.
    expect(B(on).mirroring?.includes).toEqual(['^orders$'])
  },
)

test.concurrent(
  'a copy that stamps its records from the beginning: its lag is unknown, and no standstill',
  async ({ onTestFinished }) => {
    const { stage } = await cloudStage(env, 'cloud-stamped', { disable: 'ticket', finished: onTestFinished })
    const { world } = stage
    world.goOn()
    world.cluster('B').topic(`${topic}.A`).settings['message.timestamp.type'] = 'LogAppendTime'
    world.cluster('A').produce(topic, ['one more'])
    world.goOn()
    await stage.client.workflow.start('pair', {
      workflowId: stage.pairHandle().workflowId,
      taskQueue: stage.queue,
      args: [{ pair: stage.pair, primary: 'A', secondary: 'B' }],
    })
    // For several times the stall of this pair.
    await eventually(
      async () => {
        const { history } = await stage.pairHandle().query(pairQueries.lag)
        const looks = history.slots
          .filter(([, lag, , ends]) => lag === -1 && ends > 0)
          .map(([, , , , , count]) => count)
        return looks.reduce((sum, count) => sum + count, 0) > 8
      },
      { what: 'checks of a lag that is unknown', timeoutMs },
    )
    const run = await stage.start('failover')
    await accepted(run, 'fence-source')
    const { state, progress } = await resultOf(run)
    expect(state).toBe('succeeded')
    expect(progress.steps.find(({ id }) => id === 'confirm-mirrored')?.detail).toContain(
      "on the provider's latency alone",
    )
  },
)

test.concurrent(
  'reset by a case: opened twice, left to the client, resolved with nothing done, and told when all is done',
  async ({ onTestFinished }) => {
    const on = await cloudStage(env, 'cloud-2', { disable: 'ticket', finished: onTestFinished })
    const { stage, cloud } = on
    await failedOver(on)
    cloud.faults.loseCaseAnswer = true
    // The searches of the run before it opens, right before, and after the answer was lost.
    cloud.faults.searchLag = 3
    const run = await stage.start('reset', { branch: 'recover' })
    await waitingAt(run, 'open-ticket', 'may or may not have been opened')
    cloud.faults.searchLag = 2
    await retry(run, 'open-ticket')
    await waitingAt(run, 'await-ticket')
    const [first, second] = cloud.cases.all
    if (!first || !second) throw new Error('two cases were to be opened')
    expect((await progressOf(run)).tickets.map(({ id }) => id)).toEqual([second.number])

    cloud.faults.tokenSeconds = 1
    const tokens = cloud.tokens.issued
    await workerReplaced(on)
    second.status = 'waiting_on_client'
    await until(run, ({ notes }) => notes.some((text) => text.includes('IBM waits for your answer')))
    await eventually(() => cloud.tokens.issued > tokens + 1, { what: 'new tokens', timeoutMs })
    // What is tried once only needs a token that outlives a busy second.
    cloud.faults.tokenSeconds = 3_600
    await eventually(() => said(second).includes('ESCALATION'), { what: 'a reminder', timeoutMs })
    second.status = 'resolved'
    await waitingAt(run, 'confirm-disabled', 'is not disabled, whatever the ticket says')
    expect(said(second)).not.toContain('Done')
    await workerReplaced(on)
    cloud.faults.refuseUpdates = refused(409)
    cloud.faults.activeDelayMs = 300
    cloud.mirrorings.order(B(on), 'disable')

    const { state, progress } = await resultOf(run)
    expect(state).toBe('succeeded')
    expect(second.comments.at(-1)?.value, progress.notes.join('\n')).toMatch(
      /^Done: reset\/\S+ has checked, and the mirroring A -> B is disabled/,
    )
    expect(second.comments.filter(({ value }) => value.startsWith('Done'))).toHaveLength(1)
    expect(first.comments).toEqual([])
    expect(progress.notes.join()).toContain(
      `ticket ${second.number} is not the only one for the same: close ${first.number}`,
    )
    expect(cloud.cases.all).toHaveLength(2)
    expect(cloud.mirrorings.get('A').mirroring?.includes).toEqual([String.raw`^accounting\.invoices$`])
  },
)

test.concurrent(
  'reset by itself: an operation that lies, one that fails, one whose answer is lost, and one that takes too long',
  async ({ onTestFinished }) => {
    const on = await cloudStage(env, 'cloud-3', { disable: 'self-service', finished: onTestFinished })
    const { stage, cloud } = on
    await failedOver(on)
    cloud.faults.lieNext = true
    const run = await stage.start('reset', { branch: 'recover' })
    await waitingAt(run, 'await-ticket', /A->B is not disabled.*answers with its selection.*succeeded/)

    cloud.faults.refuseUpdates = refused(423)
    cloud.faults.failNext = 'cluster update failed'
    await retry(run, 'await-ticket')
    await until(run, ({ waitingFor }) => waitingFor.some(({ text }) => text.includes('failed, cluster update failed')))
    // Switched off at last, by somebody else: the witnesses differ, until another operation succeeds.
    await cloud.mirrorings.disable(B(on))
    cloud.faults.loseUpdateAnswer = true
    const release = cloud.hold()
    await retry(run, 'await-ticket')
    await eventually(() => orders(on).length === 3, { what: 'the third order', timeoutMs })
    await release()
    await until(run, ({ steps }) => steps.some(({ id, state }) => id === 'await-ticket' && state === 'done'))
    expect(orders(on)).toEqual(Array.from({ length: 3 }, () => '{"on":"B","change":"disable"}'))

    const enabled = cloud.hold()
    const late = (text: string) => /^B->A is not enabled after 1.5 s: .*longer than as a rule/.test(text)
    const { waitingFor } = await until(run, ({ notes }) => notes.some(late))
    expect(waitingFor).toEqual([])
    await waitingAt(run, 'enable-reverse', 'B->A is not enabled after 12 s')
    await workerReplaced(on)
    await enabled()
    const { state } = await resultOf(run)
    expect(state).toBe('succeeded')
    expect(orders(on)).toHaveLength(4)
    expect(cloud.cases.all).toEqual([])
    expect(cloud.controller.cancelled).toBe(0)
  },
)
