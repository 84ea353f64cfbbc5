import { setTimeout as sleep } from 'node:timers/promises'
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client'
import { planIn, runQueries } from '../../src/contract/definitions.ts'
import type { OffsetPlan } from '../../src/contract/offset-plan.ts'
import type { OperationName } from '../../src/contract/names.ts'
import type { PlanAnswer } from '../../src/contract/plan.ts'
import type { Progress, RunResult, TicketProgress } from '../../src/contract/progress.ts'
import type { StepProgress } from '../../src/contract/steps.ts'
import { oneLine, type Narrator } from './narrator.ts'
import type { Person } from './people/person.ts'
import type { Stage } from './stage.ts'

/** How often `progress` is asked, in milliseconds: a person watching it sees each step. */
const LOOK_MS = 400
/** Milliseconds for which nothing may answer before the demo gives up: a restarted worker is back sooner. */
const SILENCE_MS = 60_000

/** How a run ended, and what it said about itself. */
export type OperationOutcome = {
  operation: OperationName
  workflowId: string
  /** As in `progress`; `failed` when the run ended without being able to tell. */
  state: string
  seconds: number
  steps: StepProgress[]
  tickets: TicketProgress[]
  plan: PlanAnswer | null
  offsetPlan: OffsetPlan | null
  failure?: string
}

/** Tells what a run does and lets the person answer what it asks, until it is over. */
export async function follow(
  scene: { stage: Stage; narrator: Narrator; person: Person },
  operation: OperationName,
  handle: WorkflowHandle,
): Promise<OperationOutcome> {
  const run = new Followed(scene, operation, handle)
  const result = handle.result().then(
    (value) => ({ state: (value as RunResult).state as string }),
    (error: unknown) => ({ state: 'failed', failure: failureOf(error) }),
  )
  const ended = await run.untilOver(result)
  return run.outcome(ended)
}

type Ended = { state: string; failure?: string }

class Followed {
  readonly #scene: { stage: Stage; narrator: Narrator; person: Person }
  readonly #operation: OperationName
  readonly #handle: WorkflowHandle
  readonly #began = Date.now()
  readonly #told = new Map<string, string>()
  readonly #asked = new Set<string>()
  readonly #tickets = new Map<string, Promise<void>>()
  #trouble: Error | undefined
  #progress: Progress | undefined
  #offsetPlan: OffsetPlan | null = null

  constructor(
    scene: { stage: Stage; narrator: Narrator; person: Person },
    operation: OperationName,
    handle: WorkflowHandle,
  ) {
    this.#scene = scene
    this.#operation = operation
    this.#handle = handle
  }

  async untilOver(result: Promise<Ended>): Promise<Ended> {
    let ended: Ended | undefined
    void result.then((value) => (ended = value))
    let lastAnswer = Date.now()
    for (;;) {
      const over = ended
      const problem = await this.#tryToLook()
      if (problem === undefined) lastAnswer = Date.now()
      if (over !== undefined) {
        await Promise.all(this.#tickets.values())
        return over
      }
      if (this.#trouble) throw this.#trouble
      this.#checkPatience(lastAnswer, problem)
      await Promise.race([sleep(LOOK_MS), result])
    }
  }

  async outcome(ended: Ended): Promise<OperationOutcome> {
    const progress = this.#progress
    return {
      operation: this.#operation,
      workflowId: this.#handle.workflowId,
      state: ended.failure !== undefined && progress?.state === 'refused' ? 'refused' : ended.state,
      seconds: (Date.now() - this.#began) / 1000,
      steps: progress?.steps ?? [],
      tickets: progress?.tickets ?? [],
      // A run that was refused at its start has no plan to tell.
      plan: progress?.planHash ? planIn(await this.#handle.query(runQueries.plan)) : null,
      offsetPlan: this.#offsetPlan,
      ...(ended.failure === undefined ? {} : { failure: ended.failure }),
    }
  }

  /** What stood in the way, if anything: a worker that restarts answers again soon. */
  async #tryToLook(): Promise<unknown> {
    try {
      await this.#look()
      return undefined
    } catch (error) {
      return error
    }
  }

  async #look(): Promise<void> {
    const progress = await this.#handle.query(runQueries.progress)
    this.#progress = progress
    for (const step of progress.steps) this.#tellStep(step)
    if (this.#offsetPlan === null) this.#offsetPlan = await this.#placedGroups(progress)
    for (const ticket of progress.tickets) this.#attend(ticket)
    for (const question of progress.waitingFor) {
      if (this.#asked.has(question.id)) continue
      this.#asked.add(question.id)
      this.#scene.narrator.say(`  ⏸ ${question.id} asks: ${oneLine(question.text)}`)
      await this.#scene.person.answer(question, this.#handle).catch((error: Error) => (this.#trouble ??= error))
    }
  }

  #tellStep(step: StepProgress): void {
    if (!['done', 'skipped', 'failed', 'undone'].includes(step.state)) return
    const told = `${step.state} ${step.reason ?? ''}`
    if (this.#told.get(step.id) === told) return
    this.#told.set(step.id, told)
    this.#scene.narrator.step(step)
  }

  /** The desk takes its time; the run goes on meanwhile. */
  #attend(ticket: TicketProgress): void {
    if (ticket.completedAt !== undefined || this.#tickets.has(ticket.id)) return
    const work = this.#scene.person.workOn(ticket).catch((error: unknown) => {
      this.#trouble ??= new Error(`ticket ${ticket.id} could not be processed: ${String(error)}`, { cause: error })
    })
    this.#tickets.set(ticket.id, work)
  }

  /** Read as soon as it is there: the dossier puts an episode's facts away when a failback closes it. */
  async #placedGroups({ steps }: Progress): Promise<OffsetPlan | null> {
    if (!steps.some(({ id, state }) => id === 'place-groups' && state === 'done')) return null
    const { episode } = await this.#scene.stage.dossier()
    const entry = episode?.facts.findLast(
      ({ operation, step, state }) => operation === this.#operation && step === 'place-groups' && state === 'done',
    )
    return (entry?.fact as { result?: { plan?: OffsetPlan } } | undefined)?.result?.plan ?? null
  }

  #checkPatience(lastAnswer: number, problem: unknown): void {
    const { stage, person } = this.#scene
    if (stage.workerFailure !== undefined) throw new Error(stage.workerFailure)
    if (Date.now() - lastAnswer > SILENCE_MS)
      throw new Error(`${this.#handle.workflowId} has not answered for ${SILENCE_MS / 1000} s: ${String(problem)}`)
    if (person.patienceMs === null || Date.now() - this.#began < person.patienceMs) return
    const waiting = this.#progress?.waitingFor.map(({ id, text }) => `${id}: ${oneLine(text)}`) ?? []
    throw new Error(
      `${this.#operation} is not over after ${person.patienceMs / 1000} s; it is at ${this.#progress?.currentStep ?? 'its start'}` +
        (waiting.length > 0 ? ` and waits for ${waiting.join('; ')}` : ''),
    )
  }
}

function failureOf(error: unknown): string {
  const cause = error instanceof WorkflowFailedError ? error.cause : error
  return oneLine(cause instanceof Error ? cause.message : String(cause))
}
