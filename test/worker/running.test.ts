import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { reservePort } from '../../lab/process/ports.ts'
import type { AppState } from '../../src/contract/activities.ts'
import { waitsQueueOf } from '../../src/contract/names.ts'
import { openDataConverter } from '../../src/payloads/data-converter.ts'
import { createWorkers, runWorkers, stopWorkers } from '../../src/worker/workers.ts'
import { codeSpans, read } from '../docs/documents.ts'
import { startTemporal, workflowBundle } from '../workflows/stage.ts'
import { PATIENCE_MS } from '../patience.ts'
import { WorkerProcess } from './worker-process.ts'

let env: TestWorkflowEnvironment
beforeAll(async () => {
  env = await startTemporal()
})
afterAll(async () => {
  await env.teardown()
})

/** Of the SDK: not there before a task has failed. */
const onlyAfterFailure = 'temporal_workflow_task_execution_failed'

test.concurrent('a worker tells how it and its pairs are, and ends after what is under way', async () => {
  const [http, sdk] = [await reservePort(), await reservePort()]
  const metrics = ['--http', String(http), '--temporal-metrics', String(sdk)]
  const worker = await WorkerProcess.start(env.address, 'drained', 'released', ...metrics)
  try {
    const page = (path: string) => fetch(`http://127.0.0.1:${http}${path}`)
    await worker.says('switchback worker ready')
    const health = await page('/healthz')
    expect([health.status, await health.json()]).toEqual([
      200,
      { version: manifest.version, ok: true, workers: { runs: 'RUNNING', waits: 'RUNNING' }, temporal: 'reachable' },
    ])
    let ours = ''
    const pairAnswers = async () => {
      ours = await (await page('/metrics')).text()
      expect(ours).toContain('switchback_pair_up{pair="drained"} 1\n')
    }
    // A busy machine may take longer than a look; the next one is some seconds later.
    await vi.waitFor(pairAnswers, { timeout: PATIENCE_MS, interval: 500 })
    expect(ours).toContain('switchback_pair_phase{pair="drained",phase="idle"} 1\n')
    expect(ours).toMatch(/\nprocess_resident_memory_bytes \d+\n/)
    expect(ours).not.toContain('hunter2')
    const asked = await env.client.activity.start<AppState[]>('observeApplications', {
      id: 'slow',
      taskQueue: 'drained',
      args: [{ pair: 'drained', names: ['slow'] }],
      startToCloseTimeout: '1m',
      retry: { maximumAttempts: 1 },
    })
    await vi.waitUntil(() => existsSync(join(worker.folder, 'begun')), { timeout: PATIENCE_MS, interval: 20 })
    const named = codeSpans(read('docs/production.md')).filter(
      (span) => span.startsWith('temporal_') && span !== onlyAfterFailure,
    )
    const theirs = await (await fetch(`http://127.0.0.1:${sdk}/metrics`)).text()
    expect(theirs).toMatch(
      /\ntemporal_worker_task_slots_available\{[^}]*task_queue="drained-waits"[^}]*\} (?:39\d|400)\n/,
    )
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((name) => !theirs.includes(`# TYPE ${name} `))).toEqual([])

    worker.signal('SIGTERM')
    await worker.says('SIGTERM: takes nothing new')
    expect((await page('/healthz')).status).toBe(503)
    await worker.release()
    expect(await asked.result()).toMatchObject([{ name: 'slow', state: 'stopped' }])
    expect(await worker.exitCode()).toBe(0)
  } finally {
    await worker.remove()
  }
})

test.concurrent('one worker holds the waits of more than 400 pairs at the same time', async () => {
  const waiting = 420
  let held = 0
  let letGo = (): void => undefined
  const over = new Promise<void>((resolve) => (letGo = resolve))
  const watchLink = async () => {
    held += 1
    await over
  }
  const workers = await createWorkers({
    connection: env.nativeConnection,
    namespace: 'default',
    taskQueue: 'many',
    workflowBundle: await workflowBundle(),
    dataConverter: await openDataConverter(),
    activities: { runs: {}, waits: { watchLink } } as unknown as Parameters<typeof createWorkers>[0]['activities'],
    pairs: waiting,
    drainMs: 1_000,
  })
  const running = runWorkers(workers)
  try {
    const options = { taskQueue: waitsQueueOf('many'), startToCloseTimeout: '1m', args: [] } as const
    await Promise.all(
      Array.from({ length: waiting }, (_, index) =>
        env.client.activity.start('watchLink', { ...options, id: `w${index}` }),
      ),
    )
    // Not all of them: a server that is short of time may give one out later.
    await vi.waitFor(() => expect(held).toBeGreaterThan(400), { timeout: PATIENCE_MS, interval: 50 })
  } finally {
    letGo()
    stopWorkers(workers)
    await running
  }
})
