import type { Client } from '@temporalio/client'
import { pairQueries, runQueries } from '../../../src/contract/definitions.ts'
import { pairWorkflowId } from '../../../src/contract/names.ts'
import type { RunResult } from '../../../src/contract/progress.ts'
import { startTemporal, workflowBundle } from '../../../test/workflows/stage.ts'
import { region } from './region.ts'
import { RegionWorker } from './worker-process.ts'

/** What a lost region with so many pairs costs so many workers. */
export type RegionFigure = {
  pairs: number
  workers: number
  /** From the first start to the last end. */
  seconds: number
  /** Peak resident memory of the largest worker, MB. */
  workerMb: number
  /** Of one run: its steps, and events and bytes of its history. */
  steps: number
  events: number
  historyBytes: number
}

/** Everything at once: `pairs` planned failovers, approved beforehand, on a Temporal and worker processes of their own. */
export async function measureRegion(pairs: number, workers: number): Promise<RegionFigure> {
  // Made here when it is not there yet: a worker that has to is larger by what that takes.
  await workflowBundle()
  const env = await startTemporal()
  const world = region(numbers(pairs).map(() => ({})))
  const started: RegionWorker[] = []
  try {
    for (let worker = 0; worker < workers; worker++) started.push(await RegionWorker.start(env.address, world))
    await Promise.all(numbers(pairs).map((index) => pairIsReady(env.client, `p${index}`)))
    const began = performance.now()
    const runs = await Promise.all(numbers(pairs).map((index) => startFailover(env.client, `p${index}`)))
    const results = await Promise.all(runs.map((run) => run.result() as Promise<RunResult>))
    const seconds = (performance.now() - began) / 1000
    const failed = results.filter(({ state }) => state !== 'succeeded')
    if (failed.length > 0) throw new Error(`${failed.length} of ${pairs} runs: ${JSON.stringify(failed[0])}`)
    const [first] = runs
    if (first === undefined) throw new Error('no pairs')
    const { historyLength, historySize } = await first.describe()
    const { steps } = await first.query(runQueries.progress)
    return {
      pairs,
      workers,
      seconds,
      workerMb: Math.max(...started.map(({ peakMb }) => peakMb)),
      steps: steps.length,
      events: historyLength,
      historyBytes: historySize ?? 0,
    }
  } finally {
    await Promise.all(started.map((worker) => worker.kill()))
    await env.teardown()
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

/** Until the pair's samples say that a planned failover would begin well. */
export async function pairIsReady(client: Client, pair: string): Promise<void> {
  const handle = client.workflow.getHandle(pairWorkflowId(pair))
  for (;;) {
    const answer = await handle.query(pairQueries.readiness).catch(() => undefined)
    if (answer !== undefined && answer.verdict !== 'blocked') return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

export function startFailover(client: Client, pair: string, more: object = { approvedBy: 'bench' }) {
  const input = { pair, reason: 'the region is lost', requestedBy: 'bench', ...more }
  return client.workflow.start('failover', { taskQueue: 'bench', workflowId: `failover/${pair}`, args: [input] })
}
