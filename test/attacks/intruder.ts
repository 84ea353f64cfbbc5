import { fileURLToPath } from 'node:url'
import type { WorkflowHandle } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { type OperationName, pairWorkflowId, taskQueues } from '../../src/contract/names.ts'
import type { LeaseToken } from '../../src/contract/lease.ts'
import type { Product } from '../lab/product.ts'
import type { Act, Outcome } from './intruder-workflow.ts'

const QUEUE = 'strangers'

/** Somebody who may write in the namespace, with a worker and a workflow of his own, and nothing else: no login to any cluster. */
export class Intruder {
  readonly #product: Product
  readonly #worker: Worker
  readonly #running: Promise<void>
  readonly #connection: NativeConnection
  readonly #workflow: WorkflowHandle & { firstExecutionRunId: string }

  private constructor(
    product: Product,
    { worker, connection }: { worker: Worker; connection: NativeConnection },
    workflow: WorkflowHandle & { firstExecutionRunId: string },
  ) {
    this.#product = product
    this.#worker = worker
    this.#connection = connection
    this.#workflow = workflow
    this.#running = worker.run()
  }

  static async enter(product: Product): Promise<Intruder> {
    Runtime.install({ logger: new DefaultLogger('ERROR') })
    const { address, namespace } = product.lab.temporal
    const connection = await NativeConnection.connect({ address })
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: QUEUE,
      workflowsPath: fileURLToPath(new URL('intruder-workflow.ts', import.meta.url)),
    })
    const workflow = await product.client.workflow.start('intruder', { workflowId: 'intruder', taskQueue: QUEUE })
    return new Intruder(product, { worker, connection }, workflow)
  }

  /** The lease of a pair, as a run gets it: the update is open to whoever may write in the namespace. */
  async seize(pair: string, operation: OperationName = 'failover'): Promise<LeaseToken> {
    const run = { workflowId: this.#workflow.workflowId, runId: this.#workflow.firstExecutionRunId }
    const request = { ...run, operation, adopt: false, holderClosed: null, at: new Date().toISOString() }
    const { epoch } = await this.#update<{ epoch: number }>(pair, 'acquire', request)
    return { pair, ...run, epoch }
  }

  async record(lease: LeaseToken, entries: object[]): Promise<void> {
    await this.#update(lease.pair, 'record', { lease, key: `intruder:${Date.now()}`, entries })
  }

  async release(lease: LeaseToken): Promise<void> {
    await this.#update(lease.pair, 'release', { lease, outcome: 'aborted', entries: [] })
  }

  /** What the product's workers make of activities that he schedules. */
  play(acts: readonly (readonly [name: string, input: object])[]): Promise<Outcome[]> {
    const ordered = acts.map(([name, input]): Act => ({ name, input, queue: taskQueues.runs }))
    return this.#workflow.executeUpdate<Outcome[], [Act[]]>('play', { args: [ordered] })
  }

  async leave(): Promise<void> {
    await this.#workflow.signal('leave')
    await this.#workflow.result()
    this.#worker.shutdown()
    await this.#running
    await this.#connection.close()
  }

  #update<T>(pair: string, name: string, payload: object): Promise<T> {
    const handle = this.#product.client.workflow.getHandle(pairWorkflowId(pair))
    return handle.executeUpdate<T, [object]>(name, { args: [payload] })
  }
}
