import { readFileSync } from 'node:fs'
import type { Client } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import {
  type ActivityInterceptorsFactory,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker'
import { createLeaseGuard, type LeaseGuard } from '../../src/activities/lease-guard.ts'
import { createPairActivities } from '../../src/activities/leases.ts'
import { createMemoryActivities } from '../../src/activities/memory.ts'
import { createPairDoor } from '../../src/activities/pair-door.ts'
import { underWay } from '../../src/activities/reads/under-way.ts'
import { type Config, configSchema } from '../../src/config/schema.ts'
import { waitsQueueOf } from '../../src/contract/names.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { openDataConverter } from '../../src/payloads/data-converter.ts'
import { bundleWorkflows } from '../../src/worker/bundle.ts'
import { PairStage, type RunningWorker, type WorkerWishes } from './pair-stage.ts'
import { World } from './world.ts'

export { progressOf, resultOf, until, waitingAt } from './asking.ts'

const tools = JSON.parse(readFileSync(new URL('../../.cache/tools.json', import.meta.url), 'utf8')) as {
  temporalCli: string
}

/** The `temporal` command of the set-up. */
export const { temporalCli } = tools

/** As in an installation without a codec. */
export const plainly = await openDataConverter()

let bundle: WorkflowBundle | undefined
export async function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= await bundleWorkflows(plainly, { logger: new DefaultLogger('ERROR') })
  return bundle
}

let runtimeInstalled = false
/** Only errors are told. Before the first connection, once a process. */
export function quietRuntime(): void {
  if (runtimeInstalled) return
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  })
  runtimeInstalled = true
}

/** `extraArgs`: of the server, beside those of every one. */
export async function startTemporal(
  dbFilename?: string,
  extraArgs: readonly string[] = [],
  dataConverter: DataConverter = plainly,
): Promise<TestWorkflowEnvironment> {
  quietRuntime()
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: tools.temporalCli },
      log: { format: 'pretty', level: 'error' },
      extraArgs: [...extraArgs],
      ...(dbFilename ? { dbFilename } : {}),
    },
    client: { dataConverter },
  })
}

function link(from: string, to: string) {
  return { from, to, connect: { url: `http://127.0.0.1:1/${to}` }, source: { name: `${from}-${to}-source` } }
}

export function configOf(pair: string) {
  return configSchema.parse({
    clusters: { A: { bootstrap: ['127.0.0.1:1'] }, B: { bootstrap: ['127.0.0.1:2'] } },
    pairs: {
      [pair]: {
        primary: 'A',
        secondary: 'B',
        topics: ['accounting.invoices'],
        applications: [
          { name: 'invoicing', kind: 'producer', topics: ['accounting.invoices'], control: { adapter: 'manual' } },
        ],
        links: [link('A', 'B'), link('B', 'A')],
      },
    },
  })
}

/** Whatever is asked or done for a pair is asked of its own world. */
export interface Scenery {
  world: () => World
  config: () => Config
}

/**
 * The real workflows over small worlds, on a task queue and its queue of waits. `watching` sees every activity before it is
 * carried out; `build`: other workflow code than the checkout's.
 */
export async function startWorkers(
  env: TestWorkflowEnvironment,
  queue: string,
  { world, config }: Scenery,
  options: WorkerWishes & {
    /** So long a task waits for the worker that has its workflow in memory; then any worker replays it. */
    sticky?: '1s' | '10s'
    /** Before a run is adopted, ms; undefined: as a worker has it. */
    settleMs?: number | undefined
    /** Activities that are not the world's. */
    instead?: Instead | undefined
    dataConverter?: DataConverter
  } = {},
): Promise<RunningWorker[]> {
  const ports: Ports = {
    cluster: (alias) => world().ports().cluster(alias),
    mirroring: (pair, from, to) => world().ports().mirroring(pair, from, to),
    application: (pair, name) => world().ports().application(pair, name),
    desk: (pair) => world().ports().desk(pair),
    schemaRegistry: () => null,
    close: async () => undefined,
  }
  const deps = { ports, config, client: env.client, clock: { now: () => new Date() } }
  const door = createPairDoor(env.client)
  const guard = createLeaseGuard(door)
  const { settleMs } = options
  const instead = options.instead?.(guard, env.client)
  return twoWorkers(env, queue, options, {
    runs: {
      ...ofEach(world, (one) => one.reads()),
      underWay: () => underWay(env.client),
      ...ofEach(world, (one) => one.writes(guard)),
      ...ofEach(world, (one) => one.ticketDesk(guard)),
      ...createPairActivities(deps, door, settleMs),
      ...createMemoryActivities(deps, door, 200),
      ...instead?.runs,
    },
    waits: { ...ofEach(world, (one) => one.waits()), ...instead?.waits },
  })
}

/** A worker of the runs and one of their waits, as a process of the product has them. */
export async function twoWorkers(
  env: TestWorkflowEnvironment,
  queue: string,
  {
    watching,
    build,
    workerDeploymentOptions,
    sticky = '1s',
    dataConverter = plainly,
  }: Omit<WorkerWishes, 'watching'> & {
    watching?: ActivityInterceptorsFactory | ActivityInterceptorsFactory[] | undefined
    /** So long a task waits for the worker that has its workflow in memory; then any worker replays it. */
    sticky?: '1s' | '10s'
    dataConverter?: DataConverter
  },
  activities: { runs: object; waits: object },
): Promise<RunningWorker[]> {
  const common = {
    connection: env.nativeConnection,
    dataConverter,
    stickyQueueScheduleToStartTimeout: sticky,
    // As a worker has it: what an activity sees, and a cancellation, travel within seconds.
    maxHeartbeatThrottleInterval: '1s' as const,
    ...(workerDeploymentOptions === undefined ? {} : { workerDeploymentOptions }),
    ...(watching ? { interceptors: { activity: [watching].flat() } } : {}),
  }
  const runs = await Worker.create({
    ...common,
    taskQueue: queue,
    workflowBundle: build ?? (await workflowBundle()),
    activities: activities.runs,
  })
  const waits = await Worker.create({ ...common, taskQueue: waitsQueueOf(queue), activities: activities.waits })
  return [runs, waits].map((worker) => ({ worker, done: worker.run() }))
}

/** Activities of whichever world it is at each call. */
function ofEach<T extends object>(world: () => World, activities: (world: World) => T): T {
  type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>
  return Object.fromEntries(
    Object.keys(activities(new World())).map((name) => [
      name,
      (...args: unknown[]) => (activities(world()) as Calls)[name]?.(...args),
    ]),
  ) as T
}

/** One pair on a task queue of its own: the real workflows over a small world. */
type Instead = (guard: LeaseGuard, client: Client) => { runs: object; waits: object }

export class Stage extends PairStage {
  readonly world: World
  /** Activities that are not the world's. */
  instead: Instead | undefined
  /** Nothing is under way at an adoption unless a test says so: then undefined, as a worker has it. */
  settleMs: number | undefined = 0
  dataConverter = plainly

  /** `world`: of another stage, whose Temporal is lost. */
  constructor(env: TestWorkflowEnvironment, name: string, world: World = new World()) {
    super(env, name)
    this.world = world
  }

  protected async workers(wishes: WorkerWishes): Promise<RunningWorker[]> {
    const config = configOf(this.pair)
    config.temporal.taskQueue = this.queue
    const scenery = { world: () => this.world, config: () => config }
    const { settleMs, instead, dataConverter } = this
    return startWorkers(this.env, this.queue, scenery, { ...wishes, settleMs, instead, dataConverter })
  }

  protected async endWaits(): Promise<void> {
    this.world.over = true
  }

  protected stopLink(link: 'A->B' | 'B->A'): void {
    this.world.stopLink(link)
  }
}
