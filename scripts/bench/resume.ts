import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { runQueries } from '../../src/contract/definitions.ts'
import { startTemporal } from '../../test/workflows/stage.ts'
import { median, type Figure } from './figure.ts'
import { pairIsReady } from './region/measure.ts'
import { region } from './region/region.ts'
import { RegionWorker } from './region/worker-process.ts'
import { enter, waits, type Wait } from './resume/waits.ts'

/** Seconds. */
const AIM = { most: 12, median: 6 }
/** Milliseconds: a run may take so long into its wait, and out of it. */
const PATIENCE_MS = 600_000
/** Milliseconds within which the kill falls, so that it meets heartbeats at any age. */
const SPREAD_MS = 4_000

type Held = { wait: Wait; run: WorkflowHandle; release: () => Promise<unknown> }

/** The worker is killed while a run is in each kind of wait; what is waited for comes about at once, and so does a new worker. */
export async function resume(times: number, told: (line: string) => void): Promise<Figure[]> {
  const env = await startTemporal()
  const settings = Array.from({ length: times }, () => waits.map((wait) => wait.settings)).flat()
  const world = region(settings)
  const took = new Map(waits.map(({ name }) => [name, [] as number[]]))
  const starts: number[] = []
  let worker = await RegionWorker.start(env.address, world)
  try {
    await Promise.all(settings.map((_, index) => pairIsReady(env.client, `p${index}`)))
    for (let round = 0; round < times; round++) {
      const held = await Promise.all(
        waits.map(async (wait, index): Promise<Held> => {
          const number = round * waits.length + index
          const pair = world.pairs[number]
          if (pair === undefined) throw new Error(`the region has no pair ${number}`)
          const run = await enter(env.client, wait, `p${number}`, pair)
          await until(() => wait.isReached(run), wait, run)
          return { wait, run, release: () => wait.release(pair, run) }
        }),
      )
      await sleep(Math.random() * SPREAD_MS)
      await worker.kill()
      const killedAt = Date.now()
      const released = Promise.all(held.map(({ release }) => release()))
      worker = await RegionWorker.start(env.address, world)
      starts.push((Date.now() - killedAt) / 1000)
      await released
      for (const { wait, run } of held) {
        const seconds = (Date.parse(await doneAt(run, wait)) - killedAt) / 1000
        took.get(wait.name)?.push(seconds)
        told(`${wait.name}: ${seconds.toFixed(1)} s`)
      }
    }
  } finally {
    await worker.kill()
    await env.teardown()
  }
  return figures(took, median(starts), times)
}

/** When the step that waited was done. */
async function doneAt(run: WorkflowHandle, wait: Wait): Promise<string> {
  const { steps } = await until(
    async () => {
      const progress = await run.query(runQueries.progress)
      const step = progress.steps.find(({ id }) => id === wait.step)
      return step?.state === 'done' && progress
    },
    wait,
    run,
  )
  return steps.find(({ id }) => id === wait.step)?.endedAt ?? ''
}

async function until<T>(holds: () => Promise<T | false>, wait: Wait, run: WorkflowHandle): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    const found = await holds()
    if (found !== false) return found
    await sleep(50)
  }
  const { currentStep, waitingFor } = await run.query(runQueries.progress)
  throw new Error(`${wait.name}: ${run.workflowId} is at ${currentStep}: ${JSON.stringify(waitingFor)}`)
}

function figures(took: ReadonlyMap<string, number[]>, start: number, times: number): Figure[] {
  const all = [...took.values()].flat()
  const [middle, most] = [median(all), Math.max(...all)]
  const measured = `clusters in memory, Temporal dev server; ${took.size} kinds of wait, ${times} kills of all at once; a look's heartbeat time-out 4 s, its first repetition after 0.5 s, a run's sticky queue 2 s`
  const limit = { name: "heartbeat time-out, first repetition and the worker's start", value: 4.5 + start }
  return [
    {
      what: 'a killed worker is replaced at once: until the run has made progress, median',
      unit: 's',
      ours: middle,
      peers: [limit, { name: 'of it: until the new worker is ready', value: start }],
      aim: { words: `at most ${AIM.median} s`, holds: middle <= AIM.median },
      with: measured,
    },
    {
      what: 'the same, the longest',
      unit: 's',
      ours: most,
      peers: [limit],
      aim: { words: `at most ${AIM.most} s`, holds: most <= AIM.most },
      with: [...took].map(([name, seconds]) => `${name} ${median(seconds).toFixed(1)} s`).join(', '),
    },
  ]
}
