import type { DossierEntry, StepFact } from '../../contract/dossier.ts'
import type { Decision } from '../../contract/messages.ts'
import type { Question } from '../../contract/progress.ts'
import type { Ahead } from './ahead.ts'
import type { StepId } from '../../contract/steps.ts'
import { becomeForced } from './become-forced.ts'
import { failureText, isLeaseLost, mayPassByItself } from './failure-text.ts'
import { AbortRequested, ForceRequested, HandOverRequested, RetryRequested, SkipRequested } from './interruptions.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'

const firstPause = 15_000
const longestPause = 6 * 3_600_000

/**
 * Carries one step out: observe, apply, prove; on failure asks, and tries again by itself where that may help. Answers the step
 * that comes first where this one is postponed, else null.
 */
export async function carryOut(run: Run, step: Step, ahead: Ahead, following: readonly Step[]): Promise<StepId | null> {
  const { record } = run
  record.currentStep = step.id
  const earlier = run.factEntry(step.id)
  if (run.adopted && (earlier?.state === 'done' || earlier?.state === 'skipped')) {
    if (step.pointOfNoReturn) run.passPointOfNoReturn()
    record.enter(step.id, earlier.state, run.now(), { detail: `by the run this one took over, at ${earlier.at}` })
    return null
  }
  if (step.pointOfNoReturn && earlier?.state === 'begun') run.passPointOfNoReturn()
  const known = earlier?.state === 'begun' ? preImageOf(earlier) : undefined
  const attempt = new StepAttempts(run, step, known, { ahead, following })
  const behind = await attempt.untilOver()
  run.publish()
  return behind
}

function preImageOf(fact: StepFact): unknown {
  return (fact.fact as { pre: unknown }).pre
}

class StepAttempts {
  readonly #run: Run
  readonly #step: Step
  readonly #beside: { ahead: Ahead; following: readonly Step[] }
  #preImage: unknown
  #question: Question | undefined
  #pause = firstPause

  constructor(run: Run, step: Step, preImage: unknown, beside: { ahead: Ahead; following: readonly Step[] }) {
    this.#run = run
    this.#step = step
    this.#preImage = preImage
    this.#beside = beside
  }

  async untilOver(): Promise<StepId | null> {
    for (;;) {
      try {
        const behind = await this.#postponed()
        if (behind === null) await this.#once()
        this.#closeQuestion()
        return behind
      } catch (error) {
        if (await this.#settledOrForced(error)) return null
      } finally {
        this.#run.singleTry = false
      }
    }
  }

  /** Only where the step it would come behind is still to come. */
  async #postponed(): Promise<StepId | null> {
    const run = this.#run
    const step = this.#step
    if (!run.forced || step.postpone === undefined) return null
    const later = await step.postpone(run)
    if (later === null || !this.#beside.following.some(({ id }) => id === later.behind)) return null
    const { state } = run.record.step(step.id)
    run.record.note(`${step.id} comes after ${later.behind}: ${later.why}`)
    run.record.enter(step.id, state === 'running' || state === 'failed' ? 'pending' : state, run.now(), {
      detail: `comes after ${later.behind}: ${later.why}`,
    })
    return later.behind
  }

  async #once(): Promise<void> {
    const run = this.#run
    const step = this.#step
    await run.gate()
    run.attempt = {
      choices: () => this.#choices(),
      explain: (text) => this.#explain(text),
      open: () => this.#question && run.record.questions.find(this.#question.id),
    }
    run.slowBecause = undefined
    const progress = run.record.step(step.id)
    progress.attempts += 1
    run.record.enter(step.id, 'running', run.now())
    run.publish()
    // Where nothing is applied nothing is recorded before the end, and that may be a long wait.
    if (!step.apply && !step.brief) await run.flush()
    const { ahead, following } = this.#beside
    ahead.begin(following)
    run.singleTry = run.forced && step.touchesSource
    run.tryBegan = Date.now()
    const observed = await ahead.observe(step)
    this.#preImage ??= observed
    let applied: unknown
    if (step.apply && (step.acts?.(observed) ?? true)) {
      await run.gate()
      await run.remember(`${step.id}:begin:${run.lease.epoch}:${progress.attempts}`, [
        this.#fact('begun', { pre: this.#preImage }),
        ...(step.before?.(run, observed) ?? []),
      ])
      // Asked again: recording took a while, and from here on an abort may come too late.
      await run.gate()
      if (step.pointOfNoReturn) run.passPointOfNoReturn()
      applied = await step.apply(run, observed)
    }
    const outcome = await step.prove(run, observed, applied)
    run.singleTry = false
    run.hold(`${step.id}:done:${run.lease.epoch}:${progress.attempts}`, [
      this.#fact('done', { pre: this.#preImage, result: outcome.fact }),
      ...(outcome.entries ?? []),
    ])
    run.record.enter(step.id, 'done', run.now(), { detail: outcome.detail })
  }

  #fact(state: StepFact['state'], fact: unknown): DossierEntry {
    return {
      type: 'fact',
      fact: { operation: this.#run.plan.operation, step: this.#step.id, state, at: this.#run.now(), fact },
    }
  }

  /** Force may come while a failure is being asked about: then the step starts again under the new rules. */
  async #settledOrForced(error: unknown): Promise<boolean> {
    try {
      return await this.#settled(error)
    } catch (next) {
      if (next instanceof ForceRequested) return this.#settled(next)
      throw next
    }
  }

  /** True when the step is over after all (skipped); false when it is to be tried again; throws what ends the run. */
  async #settled(error: unknown): Promise<boolean> {
    const run = this.#run
    const step = this.#step
    run.singleTry = false
    if (error instanceof AbortRequested || error instanceof HandOverRequested || isLeaseLost(error)) {
      this.#closeQuestion()
      throw error
    }
    if (error instanceof ForceRequested) {
      this.#closeQuestion()
      await becomeForced(run)
      return false
    }
    if (error instanceof RetryRequested) return false
    if (error instanceof SkipRequested) {
      await this.#skip(error.message)
      return true
    }
    const text = failureText(error)
    if (run.forced && step.touchesSource && step.skip === 'force') {
      await this.#skip(text)
      return true
    }
    return this.#ask(text, mayPassByItself(error))
  }

  async #ask(text: string, mayPass: boolean): Promise<boolean> {
    const run = this.#run
    const step = this.#step
    run.record.enter(step.id, 'failed', run.now(), { reason: text })
    await this.#flushed()
    this.#question = run.late.reopened(step.id) ?? this.#question
    const open = this.#question && run.record.questions.find(this.#question.id)
    if (open) run.record.questions.refine(open.id, this.#explain(text))
    else this.#question = run.openDecision(step.id, this.#explain(text), run.choices(this.#choices()))
    const question = this.#question as Question
    run.publish()
    if (mayPass && !run.record.questions.answered(question.id)) {
      await run.rest(question, this.#pause)
      this.#pause = Math.min(this.#pause * 2, longestPause)
      if (!run.record.questions.answered(question.id)) return false
    }
    const answer = run.record.questions.answered(question.id) ?? (await run.answerTo(question))
    this.#question = undefined
    this.#pause = firstPause
    if (answer.action !== 'skip') return false
    await this.#skip(`skipped by ${answer.by}: ${answer.note ?? ''}`)
    return true
  }

  /** What is held goes on record before a person is asked; where even that fails it stays held, and the question is asked. */
  async #flushed(): Promise<void> {
    try {
      await this.#run.flush()
    } catch (error) {
      if (isLeaseLost(error)) throw error
    }
  }

  #choices(): Decision[] {
    return this.#step.skip === 'operator' ? ['retry', 'skip'] : ['retry']
  }

  #explain(text: string): string {
    const run = this.#run
    const mayForce = this.#step.touchesSource && !run.forced && this.#step.skip === 'force'
    if (!mayForce) return text
    return `${text}\nIf ${run.plan.source} is to be given up, with the loss recorded: force ${JSON.stringify({ by: 'you', reason: 'why', planHash: run.record.planHash })}.`
  }

  #closeQuestion(): void {
    if (this.#question) this.#run.record.questions.close(this.#question.id)
    this.#question = undefined
  }

  async #skip(reason: string): Promise<void> {
    const run = this.#run
    const step = this.#step
    this.#closeQuestion()
    await run.remember(`${step.id}:skipped:${run.lease.epoch}:${run.record.step(step.id).attempts}`, [
      this.#fact('skipped', { pre: this.#preImage, reason }),
      ...(step.obligations?.(run, reason) ?? []),
    ])
    run.record.enter(step.id, 'skipped', run.now(), { reason })
  }
}
