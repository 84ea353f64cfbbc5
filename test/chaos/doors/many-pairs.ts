import { asyncLocalStorage } from '@temporalio/activity'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import type { Worker } from '@temporalio/worker'
import { runQueries } from '../../../src/contract/definitions.ts'
import { configOf, startWorkers } from '../../workflows/stage.ts'
import type { World } from '../../workflows/world.ts'
import type { Gate } from './gate.ts'

/** One worker for many pairs, each over a small world of its own. */
export class ManyPairs {
  readonly env: TestWorkflowEnvironment
  readonly queue = 'switchback-many'
  readonly #worlds = new Map<string, World>()
  readonly #configs = new Map<string, ReturnType<typeof configOf>>()
  readonly #gates = new Map<string, { gate: Gate; runId?: string }>()
  #workers: { worker: Worker; done: Promise<void> }[] = []

  constructor(env: TestWorkflowEnvironment) {
    this.env = env
  }

  async start(): Promise<void> {
    this.#workers = await startWorkers(
      this.env,
      this.queue,
      { world: () => this.#own(this.#worlds), config: () => this.#own(this.#configs) },
      {
        // There is one worker, and a busy one is not gone.
        sticky: '10s',
        settleMs: 0,
        watching: ({ info }) => ({
          inbound: {
            execute: (input, next) => {
              const run = info.workflowExecution
              const held = run && this.#gates.get(run.workflowId)
              if (!held || (held.runId ??= run.runId) !== run.runId) return next(input)
              return held.gate.through({
                type: info.activityType,
                args: input.args,
                next: () => next(input),
                stepNow: async () => {
                  const handle = this.env.client.workflow.getHandle(run.workflowId, run.runId)
                  return (await handle.query(runQueries.progress)).currentStep
                },
              })
            },
          },
        }),
      },
    )
  }

  add(pair: string, world: World): void {
    const config = configOf(pair)
    config.temporal.taskQueue = this.queue
    this.#worlds.set(pair, world)
    this.#configs.set(pair, config)
  }

  /** For the first run of that id; one that a Reset makes of it passes by. To be called before it is started. */
  hold(workflowId: string, gate: Gate): void {
    this.#gates.set(workflowId, { gate })
  }

  async close(): Promise<void> {
    for (const world of this.#worlds.values()) world.over = true
    for (const { worker } of this.#workers) worker.shutdown()
    await Promise.all(this.#workers.map(({ done }) => done))
  }

  /** Of the pair whose activity this is: workflow ids are `<operation>/<pair>/<n>` and `pair/<pair>`. */
  #own<T>(all: ReadonlyMap<string, T>): T {
    const workflowId = asyncLocalStorage.getStore()?.info.workflowExecution?.workflowId ?? ''
    const found = all.get(workflowId.split('/')[1] ?? '')
    if (!found) throw new Error(`no pair of the matrix belongs to ${JSON.stringify(workflowId)}`)
    return found
  }
}
