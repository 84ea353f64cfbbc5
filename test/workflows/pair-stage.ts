import type { Client, WorkflowHandle } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import type { ActivityInterceptorsFactory, Worker, WorkerDeploymentOptions, WorkflowBundle } from '@temporalio/worker'
import { asAsked } from '../../src/contract/definitions.ts'
import { pairWorkflowId } from '../../src/contract/names.ts'
import { waitingAt } from './asking.ts'

export interface RunningWorker {
  worker: Worker
  done: Promise<void>
}

/** What a test says of a worker: interceptors that see every activity before it is carried out, and other workflow code. */
export interface WorkerWishes {
  watching?: ActivityInterceptorsFactory | undefined
  workerDeploymentOptions?: WorkerDeploymentOptions | undefined
  build?: WorkflowBundle | undefined
}

/** One pair on a task queue of its own: the real workflows, over whatever stands for the world outside. */
export abstract class PairStage {
  readonly pair: string
  readonly queue: string
  readonly client: Client
  readonly env: TestWorkflowEnvironment
  #workers: RunningWorker[] = []
  #runs = 0

  constructor(env: TestWorkflowEnvironment, name: string) {
    this.env = env
    this.client = env.client
    this.pair = name
    this.queue = `switchback-${name}`
  }

  protected abstract workers(wishes: WorkerWishes): Promise<RunningWorker[]>
  /** Whatever waits is to end; resolves when nothing is under way that would hold a worker back. */
  protected abstract endWaits(): Promise<void>
  /** As the desk does. */
  protected abstract stopLink(link: 'A->B' | 'B->A'): void

  /** One that runs already goes on beside it. */
  async startWorker(
    watching?: ActivityInterceptorsFactory,
    workerDeploymentOptions?: WorkerDeploymentOptions,
    build?: WorkflowBundle,
  ): Promise<void> {
    this.#workers.push(...(await this.workers({ watching, workerDeploymentOptions, build })))
  }

  async stopWorker(): Promise<void> {
    const workers = this.#workers
    this.#workers = []
    for (const { worker } of workers) worker.shutdown()
    await Promise.all(workers.map(({ done }) => done))
  }

  async start(operation: 'failover' | 'reset' | 'failback', extra: object = {}) {
    this.#runs += 1
    return this.client.workflow.start(operation, {
      workflowId: `${operation}/${this.pair}/${this.#runs}`,
      taskQueue: this.queue,
      args: [{ pair: this.pair, reason: 'a test', requestedBy: 'test', approvedBy: 'owner', ...extra }],
    })
  }

  /** The desk disables the link, and a person says so. */
  async throughTicket(handle: WorkflowHandle, link: 'A->B' | 'B->A'): Promise<void> {
    const question = await waitingAt(handle, 'await-ticket')
    this.stopLink(link)
    await handle.executeUpdate(...asAsked(question))
  }

  pairHandle() {
    return this.client.workflow.getHandle(pairWorkflowId(this.pair))
  }

  async close(): Promise<void> {
    await this.pairHandle()
      .terminate('test is over')
      .catch(() => undefined)
    await this.endWaits()
    await this.stopWorker()
  }
}
