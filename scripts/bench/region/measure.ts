import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Client } from '@temporalio/client'
import { pairWorkflowId } from '../../../src/contract/names.ts'
import type { Readiness } from '../../../src/contract/pair-messages.ts'
import type { Progress, RunResult } from '../../../src/contract/progress.ts'
import { startTemporal } from '../../../test/workflows/stage.ts'

/** What a lost region with so many pairs costs one worker. */
export type RegionFigure = {
  pairs: number
  /** From the first start to the last end. */
  seconds: number
  /** Peak resident memory of the worker, MB. */
  workerMb: number
  /** Of one run: its steps, and events and bytes of its history. */
  steps: number
  events: number
  historyBytes: number
}

/** Everything at once: `pairs` planned failovers, approved beforehand, on a Temporal and a worker process of their own. */
export async function measureRegion(pairs: number): Promise<RegionFigure> {
  const env = await startTemporal()
  const worker = fork(new URL('worker.ts', import.meta.url), [env.address, String(pairs)], {
    execArgv: ['--import', 'tsx'],
  })
  try {
    await once(worker, 'message')
    await Promise.all(numbers(pairs).map((index) => ready(env.client, `p${index}`)))
    const began = performance.now()
    const runs = await Promise.all(numbers(pairs).map((index) => start(env.client, `p${index}`)))
    const results = await Promise.all(runs.map((run) => run.result() as Promise<RunResult>))
    const seconds = (performance.now() - began) / 1000
    const failed = results.filter(({ state }) => state !== 'succeeded')
    if (failed.length > 0) throw new Error(`${failed.length} of ${pairs} runs: ${JSON.stringify(failed[0])}`)
    const [first] = runs
    if (first === undefined) throw new Error('no pairs')
    const history = await first.fetchHistory()
    const { steps } = await first.query<Progress>('progress')
    return {
      pairs,
      seconds,
      workerMb: peakMb(worker),
      steps: steps.length,
      events: history.events?.length ?? 0,
      historyBytes: (await first.describe()).historySize ?? 0,
    }
  } finally {
    const gone = once(worker, 'exit')
    worker.kill('SIGKILL')
    await gone
    await env.teardown()
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function ready(client: Client, pair: string): Promise<void> {
  const handle = client.workflow.getHandle(pairWorkflowId(pair))
  for (;;) {
    const answer = await handle.query<Readiness>('readiness').catch(() => undefined)
    if (answer !== undefined && answer.verdict !== 'blocked') return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

function start(client: Client, pair: string) {
  const input = { pair, reason: 'the region is lost', requestedBy: 'bench', approvedBy: 'bench' }
  return client.workflow.start('failover', { taskQueue: 'bench', workflowId: `failover/${pair}`, args: [input] })
}

function peakMb({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}
