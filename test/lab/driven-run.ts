import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client'
import type { Lab } from '../../lab/lab.ts'
import { until } from '../../lab/process/wait.ts'
import type { OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { Dossier, Settlement } from '../../src/contract/dossier.ts'
import type { Answer } from '../../src/contract/messages.ts'
import type { OperationName } from '../../src/contract/names.ts'
import type { Progress, Question, RunResult } from '../../src/contract/progress.ts'
import type { StepId } from '../../src/contract/steps.ts'
import type { RunDoor } from './run-door.ts'

/** Milliseconds between two looks: each is a query that Temporal and the worker answer. */
const LOOK_MS = 300
/** Milliseconds until a run must be over. */
const PATIENCE_MS = 240_000

/** How a run ended, and what it said on its way. */
export type Outcome = {
  operation: OperationName
  state: string
  failure?: string
  seconds: number
  progress: Progress | undefined
  /** Ids of the questions that it asked. */
  asked: string[]
  /** Where it placed the groups; null when it placed none. */
  offsetPlan: OffsetPlan | null
}

/** Who answers: an approval is given and tickets are processed, unless the test does it. */
export type Attitude = {
  settle?: Settlement['action']
  approve?: boolean
  desk?: boolean
  /** Steps that are skipped when they ask. */
  skip?: StepId[]
  patienceMs?: number
}

/** What a driven run needs of the product it runs on. */
interface Driven {
  readonly lab: Lab
  dossier(): Promise<Dossier>
  processTicket(id: string): Promise<void>
  stopLink(from: string, to: string): Promise<void>
}

/** One run of an operation, seen and answered through a door that people have; `handle` is for what is done to it. */
export class DrivenRun {
  readonly operation: OperationName
  readonly handle: WorkflowHandle
  readonly asked = new Set<string>()
  readonly #product: Driven
  readonly #door: RunDoor
  readonly #began = Date.now()
  readonly #answered = new Set<string>()
  #desk: Promise<void> | undefined
  #offsetPlan: OffsetPlan | null = null
  #last: Progress | undefined

  constructor(product: Driven, door: RunDoor, operation: OperationName, handle: WorkflowHandle) {
    this.#product = product
    this.#door = door
    this.operation = operation
    this.handle = handle
  }

  async progress(): Promise<Progress> {
    const progress = (await this.#door.query(this.handle.workflowId, 'progress')) as Progress
    this.#last = progress
    for (const { id } of progress.waitingFor) this.asked.add(id)
    return progress
  }

  async send(update: string, payload: Record<string, unknown>): Promise<Answer> {
    return (await this.#door.update(this.handle.workflowId, update, payload)) as Answer
  }

  async result(signal?: AbortSignal): Promise<RunResult> {
    return (await this.#door.result(this.handle.workflowId, signal)) as RunResult
  }

  /** Looks until it holds; a worker that is away answers nothing meanwhile. */
  async until(what: string, holds: (progress: Progress) => boolean): Promise<Progress> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const seen = await this.progress().catch((error: unknown) => String(error))
      if (typeof seen !== 'string' && holds(seen)) return seen
      if (Date.now() > end) throw new Error(`${this.operation}: ${what} did not come about: ${this.#summary(seen)}`)
      await sleep(LOOK_MS)
    }
  }

  untilStep(id: StepId, states: string[]): Promise<Progress> {
    return this.until(`${id} ${states.join(' or ')}`, ({ steps }) =>
      steps.some((step) => step.id === id && states.includes(step.state)),
    )
  }

  /** Waits for the step's question and answers it. */
  async question(step: StepId): Promise<Question> {
    const progress = await this.until(`a question of ${step}`, ({ waitingFor }) =>
      waitingFor.some((question) => question.step === step),
    )
    return progress.waitingFor.find((question) => question.step === step) as Question
  }

  async approve(): Promise<void> {
    const question = await this.question('approve')
    await this.#answer(question, {})
  }

  /** Answers what it asks until it is over. A question the attitude has no answer to may still settle itself. */
  async carry(attitude: Attitude = {}): Promise<Outcome> {
    let ended: { state: string; failure?: string } | undefined
    const givenUp = new AbortController()
    // Each of the client's calls adds one, and keeps it.
    setMaxListeners(0, givenUp.signal)
    void this.result(givenUp.signal).then(
      ({ state }) => (ended = { state }),
      (error: unknown) => (ended = { state: 'failed', failure: failureOf(error) }),
    )
    const end = Date.now() + (attitude.patienceMs ?? PATIENCE_MS)
    for (;;) {
      const over = ended
      const trouble = await this.#attend(attitude).catch((error: unknown) => error)
      if (over !== undefined && trouble === undefined) return this.#outcome(over)
      if (Date.now() > end) {
        // Its client asks again by a timer, and that would outlive the connection.
        givenUp.abort()
        throw new Error(`${this.operation} is not over: ${this.#summary(trouble)}`)
      }
      await sleep(LOOK_MS)
    }
  }

  async #attend(attitude: Attitude): Promise<void> {
    const progress = await this.progress()
    if (this.#offsetPlan === null) this.#offsetPlan = await this.#placed(progress)
    for (const question of progress.waitingFor) await this.#answer(question, attitude)
    const ticket = progress.tickets.find(({ completedAt }) => completedAt === undefined)
    if (ticket && attitude.desk !== false && this.#desk === undefined) {
      this.#desk = this.#processed(ticket.id)
      // It is told where the run's end is told.
      this.#desk.catch(() => undefined)
    }
  }

  /** Somebody at the desk whose work fails, because a Connect is away or the desk itself, does it again. */
  async #processed(ticket: string): Promise<void> {
    const processed = async () => {
      await this.#product.processTicket(ticket)
      return true
    }
    await until(processed, { what: `ticket ${ticket} processed`, timeoutMs: PATIENCE_MS, pollMs: 1_000 })
  }

  async #answer(question: Question, { settle, approve, skip }: Attitude): Promise<void> {
    if (this.#answered.has(question.id)) return
    if (skip?.includes(question.step) && question.choices.includes('skip')) {
      this.#answered.add(question.id)
      await this.send('decide', { question: question.id, action: 'skip', by: 'owner', reason: 'a test' })
    }
    if (question.kind === 'approval' && approve !== false) {
      this.#answered.add(question.id)
      await this.send('approve', { ...question.send.payload, by: 'owner' })
    }
    if (question.step === 'fence-source' && question.choices.includes('proceed') && approve !== false) {
      this.#answered.add(question.id)
      await this.send('decide', { question: question.id, action: 'proceed', by: 'owner', reason: 'a test' })
    }
    const [, stray, on] = /^(\S+) was not started on \S+: it runs on (\w+)/.exec(question.text) ?? []
    if (stray !== undefined) {
      // A stop that was given up, as a forced run does; the run goes on by itself, and may name another one then.
      const { apps } = this.#product.lab
      if (apps.all().some(({ name, state, cluster }) => name === stray && state === 'running' && cluster === on))
        await apps.stop(stray)
      return
    }
    if (question.step === 'confirm-disabled' && question.text.includes('Go back to the desk')) {
      // As after a Connect that keeps the last word of a task that has ended; the run goes on by itself.
      const [, from = '', to = ''] = /(\w+)->(\w+) is not disabled/.exec(question.text) ?? []
      await this.#product.stopLink(from, to)
      this.#answered.add(question.id)
    }
    if (question.step === 'settle-stranded' && settle !== undefined) {
      this.#answered.add(question.id)
      if (question.kind === 'confirmation') await this.send('confirm', { question: question.id, by: 'second' })
      else await this.send('decide', { question: question.id, action: settle, by: 'owner', reason: 'a test' })
    }
  }

  /** Read as soon as it is there: the dossier puts an episode's facts away when a failback closes it. */
  async #placed({ steps }: Progress): Promise<OffsetPlan | null> {
    if (!steps.some(({ id, state }) => id === 'place-groups' && state === 'done')) return null
    const { episode } = await this.#product.dossier()
    const fact = episode?.facts.findLast(
      ({ operation, step, state }) => operation === this.operation && step === 'place-groups' && state === 'done',
    )?.fact as { result?: { plan?: OffsetPlan } } | undefined
    return fact?.result?.plan ?? null
  }

  async #outcome(ended: { state: string; failure?: string }): Promise<Outcome> {
    await this.#desk
    return {
      operation: this.operation,
      ...ended,
      seconds: (Date.now() - this.#began) / 1000,
      progress: this.#last,
      asked: [...this.asked],
      offsetPlan: this.#offsetPlan,
    }
  }

  #summary(trouble: unknown): string {
    const { currentStep, state, waitingFor, steps, notes } = this.#last ?? {}
    const step = steps?.find(({ id }) => id === currentStep)
    const problem = trouble instanceof Error ? trouble.message : trouble
    return JSON.stringify({ problem, state, step, waitingFor, notes })
  }
}

function failureOf(error: unknown): string {
  const cause = error instanceof WorkflowFailedError ? error.cause : error
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}
