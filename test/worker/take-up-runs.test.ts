import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pairWorkflowId } from '../../src/contract/names.ts'
import { takeUpRuns } from '../../src/worker/take-up-runs.ts'
import { startTemporal } from '../workflows/stage.ts'
import { PATIENCE_MS } from '../patience.ts'
import { WorkerProcess } from './worker-process.ts'

const logger = new DefaultLogger('ERROR')
let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env.teardown()
})

/** Of a time-out of a workflow task that nobody has begun. */
const SCHEDULE_TO_START = 2
/** Looks in a row, and milliseconds between them, in which nothing has happened. */
const STILL = { looks: 8, everyMs: 250 }

/** Tasks of the pair's workflow that were kept for a dead worker, of those that came with the signal and after it. */
async function keptForTheDead(queue: string): Promise<number> {
  const { events } = await env.client.workflow.getHandle(pairWorkflowId(queue)).fetchHistory()
  const signal = Number(events?.find((event) => event.workflowExecutionSignaledEventAttributes)?.eventId)
  return (events ?? []).filter(
    ({ workflowTaskTimedOutEventAttributes: timedOut }) =>
      Number(timedOut?.timeoutType) === SCHEDULE_TO_START && Number(timedOut?.scheduledEventId) > signal,
  ).length
}

/** A worker that has the pair in its memory, and nothing to do for it, dies. Answers how long the history is. */
async function leftBehind(queue: string): Promise<number> {
  const pair = env.client.workflow.getHandle(pairWorkflowId(queue))
  const worker = await WorkerProcess.start(env.address, queue, 'at once')
  await worker.says('switchback worker ready')
  const lengths: number[] = []
  const isStill = async () => {
    const { events = [] } = await pair.fetchHistory()
    const last = events?.at(-1)
    const underWay = last?.workflowTaskScheduledEventAttributes ?? last?.workflowTaskStartedEventAttributes
    lengths.push(underWay ? -1 : (events?.length ?? 0))
    const recent = lengths.slice(-STILL.looks)
    return recent.length === STILL.looks && recent.every((length) => length > 5 && length === lengths.at(-1))
  }
  await vi.waitUntil(isStill, { timeout: PATIENCE_MS, interval: STILL.everyMs })
  await worker.remove()
  return lengths.at(-1) ?? 0
}

/** A worker dies, `meanwhile` happens, and another one does what the pair is told then. */
async function succession(queue: string, meanwhile: () => Promise<void>): Promise<number> {
  const pair = env.client.workflow.getHandle(pairWorkflowId(queue))
  const historyLength = await leftBehind(queue)
  await meanwhile()
  await pair.signal('of no meaning')
  const second = await WorkerProcess.start(env.address, queue, 'at once')
  try {
    const done = async () => {
      const { events } = await pair.fetchHistory()
      expect(Number(events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId)).toBeGreaterThan(
        historyLength,
      )
    }
    await vi.waitFor(done, { timeout: PATIENCE_MS, interval: 200 })
    return await keptForTheDead(queue)
  } finally {
    await second.remove()
  }
}

test.concurrent(
  'the next task of an open workflow is kept for a worker that died, and is not once it is taken up',
  async () => {
    const kept = succession('kept', () => Promise.resolve())
    const taken = succession('taken', () => takeUpRuns(env.client, 'taken', logger))
    expect(await Promise.all([kept, taken])).toEqual([1, 0])
  },
)

test.concurrent('a worker takes up what another one has left', async () => {
  const pair = env.client.workflow.getHandle(pairWorkflowId('left'))
  const historyLength = await leftBehind('left')
  const second = await WorkerProcess.start(env.address, 'left', 'at once')
  try {
    await second.says('took up 1 open run(s)')
    await pair.signal('of no meaning')
    await vi.waitUntil(async () => (await pair.describe()).historyLength > historyLength + 3, {
      timeout: PATIENCE_MS,
      interval: 200,
    })
    expect(await keptForTheDead('left')).toBe(0)
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
