import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common'
import type { Paced, WaitActivities } from '../../contract/activities.ts'
import type { Dossier, DossierEntry, StepFact } from '../../contract/dossier.ts'
import type { Decision } from '../../contract/messages.ts'
import { searchAttributes } from '../../contract/names.ts'
import type { ReleaseRequest } from '../../contract/pair-messages.ts'
import type { LeaseToken } from '../../contract/lease.ts'
import type { Plan } from '../../contract/plan.ts'
import type { Question } from '../../contract/progress.ts'
import type { StartInput } from '../../contract/start-input.ts'
import type { StepId } from '../../contract/steps.ts'
import { applyEntry } from '../../domain/dossier/dossier.ts'
import { stillText } from '../../domain/plan/movement.ts'
import { detailsMarkdown } from '../../domain/pages/progress.ts'
import { type Activities, activitiesOnce, activitiesWithin, waitsOfRun } from './activities.ts'
import { failureText, isLeaseLost } from './failure-text.ts'
import { type Asked, LateCalls } from './late-calls.ts'
import type { CallKind } from '../../domain/pages/late-text.ts'
import { AbortRequested, ForceRequested, HandOverRequested, RetryRequested, SkipRequested } from './interruptions.ts'
import type { GivenAnswer } from './questions.ts'
import type { RunRecord } from './run-record.ts'

/** Probing goes on while a person is asked, at growing intervals, so that a month's wait stays a bounded history. */
const firstProbe = 15_000
const longestProbe = 6 * 3_600_000

/** What is held goes along with another record up to this size of both, in characters of JSON: Temporal warns from 256 KB on. */
const largestRecord = 128 * 1024
/** A plan of an earlier version names no time after which a failing step asks, ms. */
export const defaultAskAfter = 30_000
const nothingHeld: { key: string; entries: DossierEntry[] } = { key: '', entries: [] }

/** So long the answer of a source that is given up stands, ms. */
const checkStands = 60_000
/** What is left for an act when the look before it took all the time of a try, ms. */
const leastTry = 1_000

const stateKey = defineSearchAttributeKey(searchAttributes.state, SearchAttributeType.KEYWORD)
const ticketKey = defineSearchAttributeKey(searchAttributes.ticket, SearchAttributeType.KEYWORD)
const pairKey = defineSearchAttributeKey(searchAttributes.pair, SearchAttributeType.KEYWORD)
const operationKey = defineSearchAttributeKey(searchAttributes.operation, SearchAttributeType.KEYWORD)

/** What a step sees of its run: plan, dossier, activities, and ways to wait and to ask. */
export class Run {
  readonly record: RunRecord
  readonly input: StartInput
  readonly lease: LeaseToken
  /** This run took over where another one was terminated. */
  readonly adopted: boolean
  plan: Plan
  dossier: Dossier
  /** Set while a source step of a forced run is carried out: one try, a short deadline. */
  singleTry = false
  /** Orders to applications that were carried out, by the key of their act. */
  readonly carriedOut = new Map<string, number>()
  /** When the try of this step began, ms since 1970. */
  tryBegan = 0
  /** The last check of whether the source answers; null in it: it does. */
  #sourceCheck: { at: number; silent: Promise<string | null> } | undefined
  /** What is undone is not interrupted by what it is the answer to. */
  steppingBack = false
  /** How the step that is carried out asks about what is late. */
  attempt:
    { choices: () => Decision[]; explain: (text: string) => string; open: () => Question | undefined } | undefined
  /** Why what this step does takes long, where that is known: said with the question about it. */
  slowBecause: string | undefined
  readonly late: LateCalls
  #within: Activities
  #publishable: boolean
  #publishedState = ''
  /** Entries that are due in the dossier and not yet written there; `dossier` has them. */
  #held = nothingHeld

  constructor(init: {
    record: RunRecord
    input: StartInput
    lease: LeaseToken
    adopted: boolean
    plan: Plan
    dossier: Dossier
    searchAttributes: boolean
  }) {
    this.record = init.record
    this.input = init.input
    this.lease = init.lease
    this.adopted = init.adopted
    this.plan = init.plan
    this.dossier = init.dossier
    this.#publishable = init.searchAttributes
    this.late = new LateCalls(init.record, {
      askAfterMs: () => this.askAfter,
      step: () => this.record.currentStep ?? 'assess',
      interruption: () => this.#interruption(),
      ask: (step, kind, text) => this.#askLate(step, kind, text),
      answered: (question, kind) => this.#answerToLate(question, kind),
      publish: () => this.publish(),
    })
    this.#within = this.#watched(activitiesWithin(init.plan.timing.stepBudget))
  }

  get forced(): boolean {
    return this.plan.mode === 'forced'
  }

  get activities(): Activities {
    const { forcedTry, stepBudget } = this.plan.timing
    return this.#watched(
      this.singleTry ? activitiesOnce(forcedTry, this.#doing) : activitiesWithin(stepBudget, this.#doing),
    )
  }

  #watched(activities: Activities): Activities {
    const { reads, writes, pair, tickets } = activities
    return {
      reads: this.late.watched('reads', reads),
      writes: this.late.watched('writes', writes),
      pair: this.late.watched('pair', pair),
      // One attempt of a minute, which may have happened when it fails: the step asks, and looks for it first.
      tickets,
    }
  }

  /** After so long of failing somebody is asked, ms. */
  get askAfter(): number {
    return this.plan.timing.askAfter ?? defaultAskAfter
  }

  #askLate(step: StepId, kind: CallKind, text: string): Asked {
    if (kind === 'pair') return { question: this.openDecision(step, text, ['retry']), own: true }
    const open = this.attempt?.open()
    const why = this.slowBecause === undefined ? text : `${this.slowBecause} ${text}`
    const told = this.attempt?.explain(why) ?? why
    if (open) {
      this.record.questions.refine(open.id, told)
      return { question: open, own: false }
    }
    const choices = this.attempt?.choices() ?? ['retry']
    return { question: this.openDecision(step, told, this.steppingBack ? choices : this.choices(choices)), own: true }
  }

  #answerToLate({ id }: Question, kind: CallKind): Error | undefined {
    const answer = this.record.questions.answered(id)
    if (kind === 'pair' || answer === undefined) return undefined
    if (answer.action === 'skip') return new SkipRequested(`skipped by ${answer.by}: ${answer.note ?? ''}`)
    return new RetryRequested(answer.note ?? 'retry')
  }

  /** One try each within so many ms, whichever step it is. */
  once(deadlineMs: number): Activities {
    return activitiesOnce(deadlineMs, this.#doing)
  }

  /** What is left of a step's one try, ms. */
  get tryLeft(): number {
    const { forcedTry } = this.plan.timing
    return Math.max(Math.min(leastTry, forcedTry), forcedTry - (Date.now() - this.tryBegan))
  }

  /**
   * Of a forced run: why the source counts as unreachable, or null when it answers. It is asked once, within `timing.forcedTry`;
   * the answer stands for a minute, so that several steps do not wait for it one after the other.
   */
  async sourceSilent(): Promise<string | null> {
    if (this.#sourceCheck === undefined || Date.now() - this.#sourceCheck.at > checkStands) this.checkSource()
    return this.#sourceCheck?.silent ?? null
  }

  /** Begins that check beside something else. */
  checkSource(): void {
    const { source, topics, timing } = this.plan
    const asked = this.once(timing.forcedTry).reads.readEnds({ cluster: source, topics })
    const silent = asked.then(
      () => null,
      (error: unknown) => `${source} does not answer: ${failureText(error)}`,
    )
    this.#sourceCheck = { at: Date.now(), silent }
  }

  /** Which step an activity belongs to, told beside it in Temporal's UI. */
  get #doing(): string | undefined {
    const { currentStep } = this.record
    return currentStep === null ? undefined : this.record.step(currentStep).title
  }

  get episode(): number {
    return this.dossier.episode?.number ?? 0
  }

  now(): string {
    return new Date().toISOString()
  }

  link(which: 'link' | 'nextLink' = 'link'): { pair: string; from: string; to: string } {
    const link = which === 'link' ? this.plan.link : this.plan.nextLink
    if (!link) throw new Error(`the plan of a ${this.plan.operation} names no ${which}`)
    return { pair: this.plan.pair, ...link }
  }

  /** What a step of this operation left behind, in this run or in the one it adopted. */
  factEntry(step: StepId): StepFact | undefined {
    return this.dossier.episode?.facts.findLast((fact) => fact.operation === this.plan.operation && fact.step === step)
  }

  /** The result recorded by a step that was carried out, and until it is undone; undefined when it was skipped or is not there. */
  result<Result>(step: StepId): Result | undefined {
    const entry = this.factEntry(step)
    return (entry?.fact as { result?: Result } | undefined)?.result
  }

  /**
   * Writes facts to the dossier, before the act that relies on them, after those that are held. The same key twice changes
   * nothing.
   */
  async remember(key: string, entries: DossierEntry[]): Promise<void> {
    const held = this.#held.entries
    if (held.length > 0 && entries.length > 0 && JSON.stringify([held, entries]).length > largestRecord)
      await this.flush()
    const all = [...this.#held.entries, ...entries]
    if (all.length === 0) return
    const answer = await this.#within.pair.recordFacts({ lease: this.lease, key, entries: all })
    this.#held = nothingHeld
    // The run is the dossier's only writer but for obligations, which the pair discharges by itself.
    this.dossier = { ...entries.reduce(applyEntry, this.dossier), obligations: answer.obligations }
    this.record.obligations = answer.obligations
      .filter((obligation) => obligation.dischargedAt === undefined)
      .map((obligation) => obligation.text)
  }

  /**
   * Keeps what a step that is over leaves for the next record, which is due before anything else is done: they go together.
   * This run knows it from now on; one that takes over in between carries that step out again, which changes nothing.
   */
  hold(key: string, entries: DossierEntry[]): void {
    this.#held = { key, entries: [...this.#held.entries, ...entries] }
    this.dossier = entries.reduce(applyEntry, this.dossier)
  }

  /** Records what is held. A wait for a person must not begin before. */
  async flush(): Promise<void> {
    await this.remember(this.#held.key, [])
  }

  /** Hands the lease in, with what is held. */
  async release(outcome: ReleaseRequest['outcome']): Promise<void> {
    await this.activities.pair.releaseLease({ lease: this.lease, outcome, entries: this.#held.entries })
    this.#held = nothingHeld
  }

  /** Pause, abort, force and hand-over are honoured here: between acts, never inside one. */
  async gate(): Promise<void> {
    this.interrupt()
    if (this.record.pausedBy !== null) {
      this.publish()
      await this.flush()
      await condition(() => this.record.pausedBy === null || this.#interruption() !== undefined)
      this.interrupt()
    }
  }

  /** Somebody asked for something that a wait has to give way to. */
  get interrupted(): boolean {
    return this.#interruption() !== undefined
  }

  interrupt(): void {
    const interruption = this.#interruption()
    if (interruption) throw interruption
  }

  #interruption(): Error | undefined {
    if (this.record.handOver) return new HandOverRequested(this.record.handOver.reason)
    if (this.steppingBack) return undefined
    if (this.record.abort && this.record.pointOfNoReturnAt === null) return new AbortRequested(this.record.abort.reason)
    if (this.record.forceRequest && !this.forced) return new ForceRequested(this.record.forceRequest.reason)
    return undefined
  }

  passPointOfNoReturn(): void {
    this.record.pointOfNoReturnAt ??= this.now()
  }

  /** Choices at a question of this moment: abort only while stepping back is safe. */
  choices(extra: Decision[]): Decision[] {
    return [...extra, ...(this.record.pointOfNoReturnAt === null ? (['abort'] as const) : []), 'handOver']
  }

  /** Opens a question to be answered by `decide`. */
  openDecision(step: StepId, text: string, choices: Decision[]): Question {
    const question = this.record.questions.ask({
      step,
      kind: 'decision',
      text,
      choices,
      at: this.now(),
      payload: (id) => ({
        update: 'decide',
        payload: { question: id, run: this.record.workflowId, action: choices[0] ?? 'retry', by: 'you', reason: 'why' },
      }),
    })
    this.publish()
    return question
  }

  /** Waits for the answer to a question; an interruption closes the question and is thrown. */
  async answerTo(question: Question): Promise<GivenAnswer> {
    this.publish()
    await this.flush()
    await condition(
      () => this.record.questions.answered(question.id) !== undefined || this.#interruption() !== undefined,
    )
    const answer = this.record.questions.answered(question.id)
    if (!answer || this.#interruption()) {
      this.record.questions.close(question.id)
      this.interrupt()
    }
    this.publish()
    return answer as GivenAnswer
  }

  async decide(step: StepId, text: string, choices: Decision[]): Promise<GivenAnswer> {
    return this.answerTo(this.openDecision(step, text, choices))
  }

  /** A person confirms, by name, that a manual action was done or that something is meant. */
  async confirmed(step: StepId, text: string, others: Decision[] = []): Promise<GivenAnswer> {
    const question = this.record.questions.ask({
      step,
      kind: 'confirmation',
      text,
      choices: this.choices(others),
      at: this.now(),
      payload: (id) => ({ update: 'confirm', payload: { question: id, run: this.record.workflowId, by: 'you' } }),
    })
    return this.answerTo(question)
  }

  /**
   * Waits until a probe reaches its verdict. After the step's budget (or when the probe gives up earlier, as on a stall)
   * a person is asked, and probing goes on at growing intervals: what comes about by itself closes the question. `stillMs`: a
   * person is asked when part of what is waited for has not moved for so long, and not while all of it moves, however long that
   * takes. `warning`: within the budget, what is late is told without a question.
   */
  async until<T extends object>(
    step: StepId,
    wait: {
      probe: (activities: WaitActivities, maxMs: number) => Promise<T>
      reached: (verdict: T) => boolean
      explain: (verdict: T) => string
      choices?: Decision[]
      budgetMs?: number
      stillMs?: number
      warning?: { afterMs: number; text: (verdict: T) => string }
    },
  ): Promise<{ verdict: T; decided?: GivenAnswer }> {
    const budget = this.singleTry ? this.plan.timing.forcedTry : (wait.budgetMs ?? this.plan.timing.stepBudget)
    let warning = wait.warning && wait.warning.afterMs < budget ? wait.warning : undefined
    let windowMs = warning?.afterMs ?? budget
    let question: Question | undefined
    let seen: { verdict: T } | undefined
    // What moves again after somebody was asked is slower than was thought: twice the time, so that questions do not come and go.
    let patience = this.singleTry ? undefined : wait.stillMs
    for (;;) {
      const asked = question
      const began = Date.now()
      const outcome = await this.#race(
        () =>
          wait.probe(
            waitsOfRun(windowMs, {
              attempts: this.singleTry ? 1 : undefined,
              what: this.#doing,
              ends: {
                // While a person is asked it goes on through every failure, so that the history does not grow.
                ...(asked === undefined && this.askAfter < windowMs ? { failingMs: this.askAfter } : {}),
                ...(patience === undefined ? {} : { stillMs: patience, untilItMoves: asked !== undefined }),
              },
            }),
            windowMs,
          ),
        () => asked !== undefined && this.record.questions.answered(asked.id) !== undefined,
      )
      if (outcome.kind === 'value') seen = { verdict: outcome.value }
      if (outcome.kind === 'value' && wait.reached(outcome.value)) {
        if (question) this.record.questions.close(question.id)
        return { verdict: outcome.value }
      }
      if (outcome.kind === 'failure' && (this.singleTry || isLeaseLost(outcome.error))) throw outcome.error
      this.#closeIfInterrupted(question)
      if (this.singleTry && outcome.kind === 'value') return { verdict: outcome.value }

      const answer = question && this.record.questions.answered(question.id)
      if (warning && outcome.kind === 'value' && Date.now() - began >= windowMs) {
        this.record.note(warning.text(outcome.value))
        this.publish()
        windowMs = budget - warning.afterMs
        warning = undefined
        continue
      }
      if (answer?.action === 'skip') throw new SkipRequested(answer.note ?? 'skipped by decision')
      // The answer ends a probe before it has its verdict: what the last one saw is what was asked about.
      if (answer?.action === 'proceed' && seen) return { verdict: seen.verdict, decided: answer }
      if (answer) {
        question = undefined
        windowMs = budget
        if (answer.action === 'retry') throw new RetryRequested(answer.note ?? 'retry')
        continue
      }
      const pace = outcome.kind === 'value' ? (outcome.value as Paced).pace : undefined
      if (question !== undefined && pace?.allMoved === true && patience !== undefined) {
        this.record.questions.close(question.id)
        question = undefined
        patience = Math.min(patience * 2, Math.max(patience, budget))
        windowMs = budget
        this.publish()
        continue
      }
      if (question === undefined && pace?.moved === true && pace.still.length === 0) {
        windowMs = Math.min(windowMs * 2, longestProbe)
        continue
      }
      const text =
        outcome.kind === 'value'
          ? `${wait.explain(outcome.value)}${stillText(pace)}`
          : outcome.kind === 'failure'
            ? failureText(outcome.error)
            : ''
      if (question === undefined) {
        question = this.openDecision(step, text, this.choices(wait.choices ?? ['retry']))
        windowMs = firstProbe
      } else {
        if (text !== '') this.record.questions.refine(question.id, text)
        windowMs = Math.min(windowMs * 2, longestProbe)
      }
      this.publish()
      if (outcome.kind === 'failure') await this.rest(question, windowMs)
    }
  }

  /** Sleeps, unless the question is answered or something interrupts. */
  async rest(question: Question, ms: number): Promise<void> {
    await this.#race(
      () => sleep(ms, { summary: `probes again, while ${question.id} waits` }),
      () => this.record.questions.answered(question.id) !== undefined,
    )
    this.#closeIfInterrupted(question)
  }

  #closeIfInterrupted(question: Question | undefined): void {
    if (this.#interruption() === undefined) return
    if (question) this.record.questions.close(question.id)
    this.interrupt()
  }

  async #race<T>(
    start: () => Promise<T>,
    wake: () => boolean,
  ): Promise<{ kind: 'value'; value: T } | { kind: 'failure'; error: unknown } | { kind: 'woken' }> {
    const scope = new CancellationScope({ cancellable: true })
    let settled: { kind: 'value'; value: T } | { kind: 'failure'; error: unknown } | undefined
    const work = scope.run(start).then(
      (value) => {
        settled = { kind: 'value', value }
      },
      (error: unknown) => {
        settled = { kind: 'failure', error }
      },
    )
    await condition(() => settled !== undefined || wake() || this.#interruption() !== undefined)
    if (settled === undefined) {
      scope.cancel()
      await work
      if (settled && (settled as { kind: string; error?: unknown }).kind === 'failure') {
        const error = (settled as { error?: unknown }).error
        if (!isCancellation(error)) return { kind: 'failure', error }
        return { kind: 'woken' }
      }
    }
    return settled ?? { kind: 'woken' }
  }

  /** Shows the present state in Temporal's UI: current details, and the search attributes when they are registered. */
  publish(): void {
    this.record.updatedAt = this.now()
    setCurrentDetails(detailsMarkdown(this.record.progress()))
    if (!this.#publishable) return
    const state = this.record.shownState
    const ticket = this.record.tickets.findLast((candidate) => candidate.completedAt === undefined)?.id
    const published = `${state}|${ticket ?? ''}`
    if (published === this.#publishedState) return
    const first = this.#publishedState === ''
    this.#publishedState = published
    upsertSearchAttributes([
      { key: stateKey, value: state },
      ...(ticket === undefined ? [] : [{ key: ticketKey, value: ticket }]),
      ...(first
        ? [
            { key: pairKey, value: this.plan.pair },
            { key: operationKey, value: this.plan.operation },
          ]
        : []),
    ])
  }
}
