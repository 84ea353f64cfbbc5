import { Client, Connection } from '@temporalio/client'
import { startLab, type Lab } from '../../lab/lab.ts'
import { startGuard, type Guard } from '../../lab/process/guard.ts'
import type { ManagedProcess } from '../../lab/process/managed-process.ts'
import { pairQueries } from '../../src/contract/definitions.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import { pairWorkflowId } from '../../src/contract/names.ts'
import type { DemoOptions } from './options.ts'
import { setInPair } from './pair-settings.ts'
import { startWorker } from './worker-process.ts'

/** Milliseconds. Windows that are long in production and would only be waited for here; every proof is still made. */
const TIMING = {
  stability: 1_500,
  poll: 300,
  watch: 1_000,
  stall: 20_000,
  stepBudget: 60_000,
  forcedTry: 5_000,
  // The desk tells, or somebody does it in its place.
  ticketPoll: 3_600_000,
}

/** Everything the story plays on: the lab, the product's worker, and a client as any user of Temporal has one. */
export class Stage {
  readonly options: DemoOptions
  readonly lab: Lab
  readonly client: Client
  readonly #parts: { guard: Guard; worker?: ManagedProcess }
  #ended: Promise<void> | undefined

  constructor(options: DemoOptions, lab: Lab, connection: Connection) {
    this.options = options
    this.lab = lab
    this.client = new Client({ connection, namespace: lab.temporal.namespace })
    this.#parts = { guard: startGuard() }
  }

  /** A worker that has ended by itself has failed: its log says why. */
  get workerFailure(): string | undefined {
    const { worker } = this.#parts
    return worker && !worker.running ? `the worker has ended; the end of its log:\n${worker.logTail()}` : undefined
  }

  async startWorker(): Promise<void> {
    this.#parts.worker = await startWorker(this.lab, this.client, this.#parts.guard)
  }

  async dossier(): Promise<Dossier> {
    return this.client.workflow.getHandle(pairWorkflowId(this.lab.pair)).query(pairQueries.dossier)
  }

  /** Where a run is seen in Temporal's UI. */
  runUrl(workflowId: string): string {
    const { uiUrl, namespace } = this.lab.temporal
    return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`
  }

  /** A third cluster, and the settings that the lab's new switchback.yaml does not carry. */
  async addCluster(alias: string): Promise<void> {
    await this.lab.addCluster(alias)
    this.configurePair()
  }

  configurePair(): void {
    const { ordering, order } = this.options
    setInPair(this.lab.configFile, this.lab.pair, { ordering, order })
  }

  /** Ends every process. The folder with logs and records goes when nobody will want to look into it. */
  end({ remove }: { remove: boolean }): Promise<void> {
    this.#ended ??= this.#end(remove)
    return this.#ended
  }

  async #end(remove: boolean): Promise<void> {
    // The worker first: it would only complain about what disappears around it. The client's connection is left to the end of
    // this process: closed under a call that is being repeated, it throws where nobody can catch it.
    await this.#parts.guard.end()
    await this.lab.stop({ remove })
  }
}

/** Starts clusters, Temporal, desk and applications. When it fails, nothing of it stays behind. */
export async function openStage(options: DemoOptions): Promise<Stage> {
  const lab = await startLab({
    ground: options.ground,
    topics: options.topics,
    recordsPerSecond: options.recordsPerSecond,
    backend: options.backend,
    startApplicationsOn: 'A',
    timing: TIMING,
  })
  try {
    const connection = await Connection.connect({ address: lab.temporal.address })
    const stage = new Stage(options, lab, connection)
    stage.configurePair()
    return stage
  } catch (error) {
    await lab.stop()
    throw error
  }
}
