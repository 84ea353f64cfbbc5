import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pairWorkflowId } from '../../src/contract/names.ts'
import { takeUpRuns } from '../../src/worker/take-up-runs.ts'
import { startTemporal } from '../workflows/stage.ts'
import { WorkerProcess } from './worker-process.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const logger = new DefaultLogger('ERROR')
let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env.teardown()
})

/** Tasks of the pair's workflow that were kept for a dead worker, from the event on. */
async function keptForTheDead(queue: string, from: number): Promise<number> {
  const { events } = await env.client.workflow.getHandle(pairWorkflowId(queue)).fetchHistory()
  return (events ?? []).filter((event) => Number(event.eventId) > from && event.workflowTaskTimedOutEventAttributes)
    .length
}

/** A worker dies with the pair in its memory, `meanwhile` happens, and another one does what the pair is told then. */
async function succession(queue: string, meanwhile: () => Promise<void>): Promise<number> {
  const pair = env.client.workflow.getHandle(pairWorkflowId(queue))
  const first = await WorkerProcess.start(env.address, queue, 0)
  await first.says('switchback worker ready')
  await vi.waitUntil(() => pair.query('status').catch(() => undefined), { timeout: 60_000, interval: 200 })
  await first.remove()
  const { historyLength } = await pair.describe()
  await meanwhile()
  await pair.signal('of no meaning')
  const second = await WorkerProcess.start(env.address, queue, 0)
  try {
    const done = async () => {
      const { events } = await pair.fetchHistory()
      expect(Number(events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId)).toBeGreaterThan(
        historyLength,
      )
    }
    await vi.waitFor(done, { timeout: 60_000, interval: 200 })
    return await keptForTheDead(queue, historyLength)
  } finally {
    await second.remove()
  }
}

test('the next task of an open workflow is kept for a worker that died, and is not once it is taken up', async () => {
  expect(await succession('kept', () => Promise.resolve())).toBe(1)
  expect(await succession('taken', () => takeUpRuns(env.client, 'taken', logger))).toBe(0)
})

test('a worker takes up what another one has left', async () => {
  const pair = env.client.workflow.getHandle(pairWorkflowId('left'))
  const first = await WorkerProcess.start(env.address, 'left', 0)
  await first.says('switchback worker ready')
  await vi.waitUntil(() => pair.query('status').catch(() => undefined), { timeout: 60_000, interval: 200 })
  await first.remove()
  const { historyLength } = await pair.describe()
  const second = await WorkerProcess.start(env.address, 'left', 0)
  try {
    await second.says('took up 1 open run(s)')
    await pair.signal('of no meaning')
    await vi.waitUntil(async () => (await pair.describe()).historyLength > historyLength + 3, {
      timeout: 60_000,
      interval: 200,
    })
    expect(await keptForTheDead('left', historyLength)).toBe(0)
  } finally {
    await second.remove()
  }
})

test('a Temporal that cannot say what is open is no reason to stop', async () => {
  const warned: string[] = []
  const listening = new DefaultLogger('WARN', ({ message }) => warned.push(message))
  const broken = { options: { namespace: 'default' }, workflow: { list: () => brokenList() } }
  await takeUpRuns(broken as unknown as typeof env.client, 'any', listening)
  expect(warned).toEqual([expect.stringMatching(/taken up .* later: no visibility/)])
})

// oxlint-disable-next-line require-yield
async function* brokenList(): AsyncGenerator<never> {
  await Promise.resolve()
  throw new Error('no visibility')
}
