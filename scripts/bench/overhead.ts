import { runQueries } from '../../src/contract/definitions.ts'
import type { RunResult } from '../../src/contract/progress.ts'
import { startTemporal } from '../../test/workflows/stage.ts'
import { median, type Figure } from './figure.ts'
import { activitySpans, covered, duration } from './history-spans.ts'
import { pairIsReady, startFailover } from './region/measure.ts'
import { callPort, type PortCall } from './region/ports-over-ipc.ts'
import { region } from './region/region.ts'
import { RegionWorker } from './region/worker-process.ts'

const RUNS = 5
/** An hour, ms: the pair's own looks must not be among the run's calls. */
const NO_WATCH = 3_600_000
const AIM_MS = 100

/**
 * A history shard looks for tasks 20 times a second unless it is told otherwise, and the dev server has one shard: what a run does
 * one after the other waits up to 50 ms each time.
 */
const EAGER_QUEUE = ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=2000']

/**
 * What a run takes when everything outside answers at once, without its waits; beside it the same calls of the ports, in
 * a row, without Temporal.
 */
export async function overhead(): Promise<Figure[]> {
  const byDefault = await measured([])
  const aim = { words: `at most ${AIM_MS} ms`, holds: byDefault.ours <= AIM_MS }
  const eager = await measured(EAGER_QUEUE)
  return [
    figure('overhead: a run without its waits, a step', byDefault, aim),
    {
      ...figure(
        'of it: without the pauses of the history queue of a Temporal server with its default settings',
        eager,
        null,
      ),
      with: `${WINDOWS}; history.transferProcessorMaxPollRPS 2000 instead of 20`,
    },
  ]
}

const WINDOWS = `clusters, links and applications in memory answer at once; stability and poll 100 ms, not counted; median of ${RUNS} planned failovers`

function figure(what: string, { ours, inARow }: Measured, aim: Figure['aim']): Figure {
  const peer = { name: 'the same calls of the ports in a row, without Temporal', value: inARow }
  return { what, unit: 'ms', ours, peers: [peer], aim, with: WINDOWS }
}

/** Milliseconds a step, medians. */
type Measured = { ours: number; inARow: number }

async function measured(serverArgs: readonly string[]): Promise<Measured> {
  const env = await startTemporal(undefined, serverArgs)
  // The first one warms up.
  const settings = Array.from({ length: RUNS + 1 }, () => ({ timing: { watch: NO_WATCH } }))
  const world = region(settings)
  let calls: PortCall[] = []
  const worker = await RegionWorker.start(env.address, world, (call) => calls.push(call))
  const perStep: number[] = []
  const inARow: number[] = []
  try {
    await Promise.all(settings.map((_, index) => pairIsReady(env.client, `p${index}`)))
    for (const index of settings.keys()) {
      calls = []
      const run = await startFailover(env.client, `p${index}`)
      const { state } = (await run.result()) as RunResult
      if (state !== 'succeeded') throw new Error(`the failover of p${index} ended as ${state}`)
      const { steps } = await run.query(runQueries.progress)
      const history = await run.fetchHistory()
      const waits = activitySpans(history).filter(({ taskQueue }) => taskQueue.endsWith('-waits'))
      if (index === 0) continue
      perStep.push((duration(history) - covered(waits)) / steps.length)
      inARow.push((await repeated(calls, settings)) / steps.length)
    }
  } finally {
    await worker.kill()
    await env.teardown()
  }
  return { ours: median(perStep), inARow: median(inARow) }
}

/** Milliseconds that the calls take in a world as it was before. */
async function repeated(calls: readonly PortCall[], settings: Parameters<typeof region>[0]): Promise<number> {
  const { ports } = region(settings)
  const began = performance.now()
  for (const call of calls) await callPort(ports, structuredClone(call))
  return performance.now() - began
}
