import { readFileSync } from 'node:fs'
import { activityInfo } from '@temporalio/activity'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker, type WorkflowBundle } from '@temporalio/worker'
import type { PairActivities } from '../../src/contract/activities.ts'
import { waitsQueueOf } from '../../src/contract/names.ts'
import type { LeaseToken } from '../../src/contract/lease.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { PairRecord } from '../../src/workflows/pair/pair-record.ts'
import { plainly, quietRuntime } from './stage.ts'
import { World } from './world.ts'

const tools = JSON.parse(readFileSync(new URL('../../.cache/tools.json', import.meta.url), 'utf8')) as {
  temporalTestServer: string
}

export function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime()
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: tools.temporalTestServer } },
    client: { dataConverter: plainly },
  })
}

/**
 * The real runs over a small world, on a server whose time stands still until it is told to pass. The pair is its plain
 * record: its workflow looks every few seconds for ever, and time does not skip while an activity is under way. One worker only:
 * a second one got no workflow tasks from this server, for a reason that was not found.
 */
export class TimeSkippingStage {
  readonly world = new World()
  readonly env: TestWorkflowEnvironment
  readonly queue: string
  readonly pair: PairRecord
  #workers: { worker: Worker; done: Promise<void> }[] = []

  constructor(env: TestWorkflowEnvironment, name: string) {
    this.env = env
    this.queue = `switchback-${name}`
    this.pair = new PairRecord({
      dossier: newDossier({ pair: name, primary: 'A', secondary: 'B', at: new Date().toISOString() }),
      lease: null,
      epoch: 0,
      adopted: false,
      keys: [],
      events: [],
    })
  }

  async now(): Promise<string> {
    return new Date(await this.env.currentTimeMs()).toISOString()
  }

  async startWorker(workflowBundle: WorkflowBundle): Promise<void> {
    const common = { connection: this.env.nativeConnection, dataConverter: plainly }
    const guard = async (lease: LeaseToken) => {
      const held = this.pair.state.lease
      if (held?.runId !== lease.runId || held.epoch !== lease.epoch) throw new Error('the lease is gone')
    }
    const runs = await Worker.create({
      ...common,
      taskQueue: this.queue,
      workflowBundle,
      activities: {
        ...this.world.reads(),
        ...this.world.writes(guard),
        ...this.world.ticketDesk(guard),
        ...this.#pairActivities(),
      },
    })
    const waits = await Worker.create({
      ...common,
      taskQueue: waitsQueueOf(this.queue),
      activities: this.world.waits(),
    })
    this.#workers = [runs, waits].map((worker) => ({ worker, done: worker.run() }))
  }

  async stopWorker(): Promise<void> {
    const workers = this.#workers
    this.#workers = []
    for (const { worker } of workers) worker.shutdown()
    await Promise.all(workers.map(({ done }) => done))
  }

  start(operation: 'failover' | 'reset' | 'failback', extra: object = {}) {
    return this.env.client.workflow.start(operation, {
      workflowId: `${operation}/${this.pair.state.dossier.pair}`,
      taskQueue: this.queue,
      args: [
        {
          pair: this.pair.state.dossier.pair,
          reason: 'a test',
          requestedBy: 'test',
          approvedBy: 'owner',
          ...extra,
        },
      ],
    })
  }

  #pairActivities(): PairActivities {
    return {
      acquireLease: async ({ operation, adopt }) => {
        const run = activityInfo().workflowExecution
        if (!run) throw new Error('for runs only')
        return this.pair.acquire({ ...run, operation, adopt, holderClosed: null, at: await this.now() })
      },
      recordFacts: async (request) => this.pair.record(request),
      releaseLease: async (request) => this.pair.release(request, await this.now()),
      lastSample: async () => null,
      readiness: async () => null,
      runStatus: async () => ({ open: true, status: 'RUNNING' }),
    }
  }
}
