import type { TestWorkflowEnvironment } from '@temporalio/testing'
import type { Next } from '@temporalio/common'
import { ApplicationFailure } from '@temporalio/common'
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
} from '@temporalio/worker'
import { createActivities } from '../../src/activities/activities.ts'
import { systemClock } from '../../src/activities/deps.ts'
import { createPairActivities } from '../../src/activities/leases.ts'
import { createMemoryActivities } from '../../src/activities/memory.ts'
import { createPairDoor } from '../../src/activities/pair-door.ts'
import type { Config, PairConfig } from '../../src/config/schema.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { Acts } from '../ports/memory/acts.ts'
import { MemoryWorld } from '../ports/memory/world.ts'
import { PairStage, type RunningWorker, type WorkerWishes } from './pair-stage.ts'
import { twoWorkers } from './stage.ts'

/** A pair that knows nothing is looked at for so long, ms. */
const surveyMs = 200
/** A question to a pair that nobody answers is given up after this, ms. */
const askingMs = 10_000

/**
 * One pair on a task queue of its own: the real workflows and the product's own activities, over a world in memory. What goes wrong
 * goes wrong outside: in the world, or, at a precise activity, by `broken`.
 */
export class ProductStage extends PairStage {
  readonly config: Config
  readonly world: MemoryWorld
  readonly acts: Acts
  /** Activities, by name, that fail with this text before they begin, until it is removed. */
  readonly broken = new Map<string, string>()
  /** Ports that are not the world's. */
  instead: Parameters<MemoryWorld['ports']>[0] = {}
  /** Before a run is adopted, ms; undefined: as a worker has it. */
  settleMs: number | undefined = 0
  /** Activities, without waits. */
  #underWay = 0

  constructor(env: TestWorkflowEnvironment, config: Config, pair: string) {
    super(env, pair)
    this.config = config
    config.temporal.taskQueue = this.queue
    this.world = new MemoryWorld(config, pair)
    this.acts = new Acts(this.world)
  }

  /** Of the pair, as a person writes it: what is changed counts from then on. */
  get file(): PairConfig {
    const pair = this.config.pairs[this.pair]
    if (pair === undefined) throw new Error(`no pair ${this.pair}`)
    return pair
  }

  get ports(): Ports {
    return this.acts.ports(this.world.ports(this.instead))
  }

  protected async workers({ watching, build, workerDeploymentOptions }: WorkerWishes): Promise<RunningWorker[]> {
    const deps = { ports: this.ports, config: () => this.config, client: this.client, clock: systemClock }
    const door = createPairDoor(this.client)
    const activities = createActivities(deps)
    const wishes = { watching: [this.#interceptor(), ...(watching ? [watching] : [])], build, workerDeploymentOptions }
    return twoWorkers(this.env, this.queue, wishes, {
      runs: {
        ...activities.runs,
        ...createPairActivities(deps, door, this.settleMs),
        ...createMemoryActivities(deps, door, surveyMs),
      },
      waits: activities.waits,
    })
  }

  #interceptor(): ActivityInterceptorsFactory {
    return ({ info: { activityType, taskQueue } }) => ({
      inbound: {
        execute: async (input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) => {
          const message = this.broken.get(activityType)
          if (message !== undefined)
            throw ApplicationFailure.create({ type: errorTypes.unreachable, message, nonRetryable: true })
          if (taskQueue !== this.queue) return next(input)
          this.#underWay += 1
          try {
            return await next(input)
          } finally {
            this.#underWay -= 1
          }
        },
      },
    })
  }

  /**
   * The product's own waits end with their worker. Others may be asking the pair, which nobody answers once its worker is going: they
   * are let end before.
   */
  protected async endWaits(): Promise<void> {
    const until = Date.now() + askingMs
    while (this.#underWay > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  protected stopLink(link: 'A->B' | 'B->A'): void {
    this.world.link(link).become('stopped')
  }
}
