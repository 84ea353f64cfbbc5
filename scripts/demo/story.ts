import { setTimeout as sleep } from 'node:timers/promises'
import { pairQueries } from '../../src/contract/definitions.ts'
import type { OperationName } from '../../src/contract/names.ts'
import { pairWorkflowId } from '../../src/contract/names.ts'
import { until } from '../../lab/process/wait.ts'
import { traffic } from './applications.ts'
import { follow, type OperationOutcome } from './follow.ts'
import { bringRegionABack, loseRegionA } from './incident.ts'
import type { Narrator } from './narrator.ts'
import { HandsOn } from './people/hands-on.ts'
import type { Input, Person } from './people/person.ts'
import { Unattended } from './people/unattended.ts'
import type { Stage } from './stage.ts'

/** Milliseconds of ordinary business before the incident and between the operations, so that there is something to move. */
const BUSINESS_MS = 3_000
/** Milliseconds until the pair's first samples show that everything is mirrored. */
const READY_MS = 60_000

/** Incident, failover, reset, failback. Ends early when an operation does not succeed; `outcomes` grows as it goes. */
export class Story {
  readonly outcomes: OperationOutcome[] = []
  readonly #stage: Stage
  readonly #narrator: Narrator
  readonly #person: Person

  constructor(stage: Stage, narrator: Narrator) {
    this.#stage = stage
    this.#narrator = narrator
    this.#person = stage.options.handsOn ? new HandsOn(stage, narrator) : new Unattended(stage, narrator)
  }

  async play(): Promise<void> {
    await this.#ordinaryDay()
    if (!(await this.#failover())) return
    await this.#business()
    if (!(await this.#reset())) return
    await this.#business()
    if (await this.#failback()) await this.#business()
  }

  async #ordinaryDay(): Promise<void> {
    const { lab, client } = this.#stage
    this.#narrator.heading('an ordinary day: producers and consumers on A, mirrored to B')
    const pair = client.workflow.getHandle(pairWorkflowId(lab.pair))
    let reasons = ['it has not answered']
    const isReady = async () => {
      const answer = await pair.query(pairQueries.readiness)
      reasons = answer.reasons.map(({ text }) => text)
      return answer.verdict !== 'blocked'
    }
    const wait = { what: 'ready for a failover', timeoutMs: READY_MS, giveUp: () => this.#stage.workerFailure }
    await until(isReady, wait).catch((error: unknown) => {
      const why = this.#stage.workerFailure ?? reasons.join(' ')
      throw new Error(`the pair is not ready for a failover after ${READY_MS / 1000} s: ${why}`, { cause: error })
    })
    await this.#business()
  }

  async #business(): Promise<void> {
    await sleep(BUSINESS_MS)
    this.#narrator.say(`  ${traffic(this.#stage.lab)}`)
  }

  async #failover(): Promise<boolean> {
    if (this.#stage.options.incident === 'planned')
      return this.#carryOut('failover', 'A → B', { reason: 'region A is to be vacated', mode: 'planned' })
    this.#narrator.heading('region A is lost')
    await loseRegionA(this.#stage.lab)
    this.#narrator.say('  the network degraded first; then broker A and its Connect worker were killed (SIGKILL)')
    return this.#carryOut('failover', 'A → B', { reason: 'region A is lost', mode: 'forced' })
  }

  async #reset(): Promise<boolean> {
    const { lab, options } = this.#stage
    if (options.branch === 'replace') {
      this.#narrator.heading('a new cluster C takes the place of A')
      await this.#stage.addCluster('C')
      this.#narrator.say(
        '  C is up; it and the links B→C and C→B stand in switchback.yaml, which the worker reads again',
      )
      return this.#carryOut('reset', 'B → C', { reason: 'A is replaced by C', branch: 'replace', replacement: 'C' })
    }
    if (options.incident === 'region-lost') {
      this.#narrator.heading('region A comes back')
      await bringRegionABack(lab)
      this.#narrator.say('  broker A and its Connect worker are up again, with the data they had')
    }
    return this.#carryOut('reset', 'B → A', { reason: 'A is fully operational', branch: 'recover' })
  }

  #failback(): Promise<boolean> {
    const to = this.#stage.options.branch === 'replace' ? 'C' : 'A'
    return this.#carryOut('failback', `B → ${to}`, { reason: to === 'A' ? 'return to A' : `move on to ${to}` })
  }

  /** True when it succeeded. A start that is refused changes nothing: a person may try again. */
  async #carryOut(
    operation: OperationName,
    way: string,
    details: Partial<Input> & { reason: string },
  ): Promise<boolean> {
    const { lab, options } = this.#stage
    this.#narrator.heading(`${operation} ${way}`)
    for (;;) {
      const handle = await this.#person.begin(operation, { pair: lab.pair, requestedBy: 'demo', ...details })
      this.#narrator.say(`  ${this.#stage.runUrl(handle.workflowId)}`)
      const outcome = await follow(
        { stage: this.#stage, narrator: this.#narrator, person: this.#person },
        operation,
        handle,
      )
      this.#narrator.say(
        `  ${operation}: ${outcome.state} after ${outcome.seconds.toFixed(1)} s${outcome.failure ? `: ${outcome.failure}` : ''}`,
      )
      if (options.handsOn && outcome.steps.length === 0) continue
      this.outcomes.push(outcome)
      return outcome.state === 'succeeded'
    }
  }
}
