import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { disableLink } from '../../lab/desk/disable-link.ts'
import type { Lab } from '../../lab/lab.ts'
import type { LabOptions } from '../../lab/options.ts'
import { compiled } from '../../lab/process/compiled.ts'
import { startGuard, type Guard } from '../../lab/process/guard.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { ManagedProcess } from '../../lab/process/managed-process.ts'
import { until } from '../../lab/process/wait.ts'
import { checkout } from '../../lab/tools.ts'
import { pairQueries } from '../../src/contract/definitions.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import { pairWorkflowId, type OperationName } from '../../src/contract/names.ts'
import type { PairStatus } from '../../src/contract/pair-messages.ts'
import { PATIENCE_MS } from '../patience.ts'
import { DrivenRun } from './driven-run.ts'
import { ClientDoor, type RunDoor } from './run-door.ts'

/** Milliseconds. Windows that are long in production and would only be waited for here; every proof is still made. */
export const timing = {
  stability: 1_000,
  poll: 300,
  // Each look has Connect make two clients for its answer; nothing here rests on how old a sample is.
  watch: 2_000,
  stall: 90_000,
  stepBudget: 120_000,
  forcedTry: 5_000,
  // The desk tells, or a test does it in its place.
  ticketPoll: 3_600_000,
}

/** Two topics with a producer and a consumer application each: a pair whose parts move together. */
export const twoTopics = {
  topics: [
    { name: 'accounting.invoices', partitions: 3 },
    { name: 'orders.eu', partitions: 2 },
  ],
  applications: [
    { name: 'invoicing', kind: 'producer', topics: ['accounting.invoices'], principal: 'producer-app' },
    { name: 'ordering', kind: 'producer', topics: ['orders.eu'], principal: 'orders-producer' },
    {
      name: 'billing',
      kind: 'consumer',
      topics: ['accounting.invoices'],
      group: 'billing',
      principal: 'consumer-app',
    },
    { name: 'shipping', kind: 'consumer', topics: ['orders.eu'], group: 'shipping', principal: 'orders-consumer' },
  ],
  recordsPerSecond: 40,
  timing,
} satisfies LabOptions

/** Milliseconds: the worker bundles the workflows first, about 5 s on an idle machine, some times that on a busy one. */
const WORKER_START_MS = 120_000
const READY_MS = PATIENCE_MS
/** Milliseconds the desk may take to stop a link whose source is dark. */
const DESK_MS = PATIENCE_MS

export type DeskTicket = {
  id: string
  state: string
  workflowId?: string
  link: { from: string; to: string }
  comments: { text: string }[]
}

/** The product on a lab: its worker as a process of its own, and the doors that people have. */
export class Product {
  readonly lab: Lab
  readonly client: Client
  /** The pair it is about; there may be others on the same lab and worker. */
  readonly pairName: string
  readonly #connection: Connection
  readonly #guard: Guard
  #worker: ManagedProcess | undefined
  #workers = 0
  #runs = 0

  /** What its workers have in their environment beside what every lab gives. */
  readonly #env: Record<string, string>

  private constructor(
    { lab, env = {} }: { lab: Lab; env?: Record<string, string> },
    pairName: string,
    connection: Connection,
    guard: Guard,
  ) {
    this.lab = lab
    this.#env = env
    this.pairName = pairName
    this.#connection = connection
    this.client = new Client({ connection, namespace: lab.temporal.namespace })
    this.#guard = guard
  }

  static async on(lab: Lab, env: Record<string, string> = {}): Promise<Product> {
    const connection = await Connection.connect({ address: lab.temporal.address })
    const product = new Product({ lab, env }, lab.pair, connection, startGuard())
    await product.startWorker()
    return product
  }

  /** The same product, for another pair of the lab: worker and connection are those of this one. */
  ofPair(name: string): Product {
    return new Product(this, name, this.#connection, this.#guard)
  }

  /** Undefined while it does not run. */
  get workerPid(): number | undefined {
    return this.#worker?.pid
  }

  /** How many workers there have been. */
  get workers(): number {
    return this.#workers
  }

  /** A new worker process; returns when it serves, or at once with `wait: false`. */
  async startWorker({ wait = true }: { wait?: boolean } = {}): Promise<void> {
    this.#workers += 1
    // Nothing of a profile, key or certificate that this machine keeps for another Temporal.
    const profile = join(this.lab.dir, 'temporal.toml')
    writeFileSync(profile, '[profile.default]\n')
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))
    this.#worker = new ManagedProcess({
      name: 'the worker',
      command: process.execPath,
      args: [await compiled('src/worker.ts'), '--config', this.lab.configFile],
      cwd: checkout,
      env: { ...Object.fromEntries(others), TEMPORAL_CONFIG_FILE: profile, ...this.lab.env, ...this.#env },
      logFile: join(this.lab.dir, 'logs', `worker-${this.#workers}.log`),
      startTimeoutMs: WORKER_START_MS,
      guard: this.#guard,
      ready: async () => (await this.pair().query(pairQueries.status)) !== undefined,
    })
    this.#worker.launch()
    if (wait) await this.workerServes()
  }

  async workerServes(): Promise<void> {
    await this.#worker?.waitUntilReady()
  }

  /** SIGKILL: it says goodbye to nobody. */
  async killWorker(): Promise<void> {
    await this.#worker?.kill()
    this.#worker = undefined
  }

  pair(): WorkflowHandle {
    return this.client.workflow.getHandle(pairWorkflowId(this.pairName))
  }

  dossier(): Promise<Dossier> {
    return this.pair().query(pairQueries.dossier)
  }

  status(): Promise<PairStatus> {
    return this.pair().query(pairQueries.status)
  }

  /** Waits until the pair's samples say that a planned failover would begin well. */
  async ready(): Promise<void> {
    let reasons: string[] = []
    const isReady = async () => {
      const readiness = await this.pair().query(pairQueries.readiness)
      reasons = readiness.reasons.map(({ text }) => text)
      return readiness.verdict !== 'blocked'
    }
    await until(isReady, { what: 'the pair is not ready', timeoutMs: READY_MS }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${reasons.join('; ')}`, { cause: error })
    })
  }

  async start(
    operation: OperationName,
    input: Record<string, unknown> = {},
    door: RunDoor = new ClientDoor(this.client),
  ): Promise<DrivenRun> {
    this.#runs += 1
    const workflowId = `${operation}/${this.pairName}/${this.#runs}`
    await door.start(operation, workflowId, { pair: this.pairName, reason: 'a test', requestedBy: 'test', ...input })
    return this.run(operation, workflowId, door)
  }

  /** A run that somebody else has started. */
  run(operation: OperationName, workflowId: string, door: RunDoor = new ClientDoor(this.client)): DrivenRun {
    return new DrivenRun(this, door, operation, this.client.workflow.getHandle(workflowId))
  }

  async tickets(): Promise<DeskTicket[]> {
    return (await httpJson('GET', `${this.lab.staffUrl}/tickets`)) as DeskTicket[]
  }

  /** As the button on the ticket's page. */
  async processTicket(id: string): Promise<void> {
    const url = `${this.lab.staffUrl}/tickets/${encodeURIComponent(id)}/process`
    await httpJson('POST', url, { by: 'support desk' }, DESK_MS)
  }

  /** The desk's staff, called back because the link is not off. */
  async stopLink(from: string, to: string): Promise<void> {
    await disableLink(this.lab.cluster(to).connect.url, { from, to })
  }

  /** The connection is left to the end of this process: closed under a call that is being repeated, it throws where nobody can catch it. */
  async close(): Promise<void> {
    await this.#guard.end()
  }
}

/** Ordinary business between two acts, so that there is something to move. */
export async function business(ms: number): Promise<void> {
  await sleep(ms)
}
