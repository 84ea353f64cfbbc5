import { CancellationScope, condition, proxyActivities } from '@temporalio/workflow'
import type { ReadActivities, UnderWay } from '../../contract/activities.ts'
import type { Question } from '../../contract/progress.ts'
import type { StepId } from '../../contract/steps.ts'
import { behindAll } from './behind-all.ts'
import { isLeaseLost } from './failure-text.ts'
import { type CallKind, type LateCall, lateText } from '../../domain/pages/late-text.ts'
import type { RunRecord } from './run-record.ts'

/** Between two checks of what is late, ms: growing, so that an outage of days stays a bounded history. */
const firstCheck = 10_000
const longestCheck = 600_000
const checksGrow = 1.5

interface Call extends LateCall {
  step: StepId
  /** Why it is asked about; undefined: it is not. */
  why?: string
  asked?: Asked
}

/** `own`: it was opened for late calls, and is closed with them. */
export interface Asked {
  question: Question
  own: boolean
}

/** What the run knows and a call does not. */
export interface Around {
  askAfterMs: () => number
  step: () => StepId
  /** What an abort, a force or a hand-over throws into a call that can be interrupted. */
  interruption: () => Error | undefined
  ask: (step: StepId, kind: CallKind, text: string) => Asked
  /** What an answer to that question throws into the call; undefined: it is made again. */
  answered: (question: Question, kind: CallKind) => Error | undefined
  publish: () => void
}

const { underWay } = proxyActivities<Pick<ReadActivities, 'underWay'>>({
  scheduleToCloseTimeout: '15s',
  retry: { maximumAttempts: 2 },
})

/**
 * The activities of a run that are under way. One that fails for `timing.askAfter`, or a write that waits for so long, is a
 * question with the cause last seen, while Temporal goes on trying; it closes when the activity ends. Whoever aborts, forces, hands
 * over or answers that question interrupts it. A run whose activities end in time sets one timer every `askAfter`, and asks nothing.
 */
export class LateCalls {
  readonly #record: RunRecord
  readonly #around: Around
  readonly #calls = new Set<Call>()
  #asked: Asked | undefined
  /** The question that a failure of this very moment closed: whoever asks about the failure goes on with it. */
  #failed: { question: Question; at: number } | undefined
  #watching = false
  #begun = false

  constructor(record: RunRecord, around: Around) {
    this.#record = record
    this.#around = around
  }

  /** The same activities, watched. */
  watched<T extends object>(kind: CallKind, activities: T): T {
    return new Proxy(activities, {
      get: (target, name, receiver) => {
        const activity: unknown = Reflect.get(target, name, receiver)
        if (typeof activity !== 'function' || typeof name !== 'string') return activity
        return (...args: unknown[]) => this.#call(kind, name, async () => activity(...args) as unknown)
      },
    })
  }

  /** The question about the call whose failure is being handled, to go on with. */
  reopened(step: StepId): Question | undefined {
    const failed = this.#failed
    this.#failed = undefined
    if (failed === undefined || failed.question.step !== step || failed.at !== Date.now()) return undefined
    this.#record.questions.reopen(failed.question)
    return failed.question
  }

  async #call(kind: CallKind, activity: string, start: () => Promise<unknown>): Promise<unknown> {
    const interrupted = () => (kind === 'pair' ? undefined : this.#around.interruption())
    const before = interrupted()
    if (before) throw before
    const call: Call = { kind, activity, step: this.#around.step(), since: Date.now() }
    this.#begin(call)
    let well = false
    try {
      for (;;) {
        const settled = await this.#untilSettled(start, () => interrupted() !== undefined || this.#answerTo(call))
        if ('error' in settled && isLeaseLost(settled.error)) throw settled.error
        const because = interrupted()
        if (because) throw because
        if ('value' in settled) {
          well = true
          return settled.value
        }
        const { asked } = call
        if (asked === undefined || !this.#answerTo(call)) throw settled.error
        const answer = this.#around.answered(asked.question, kind)
        if (answer) throw answer
        this.#again(call)
      }
    } finally {
      this.#end(call, well)
    }
  }

  /** What is interrupted is cancelled and awaited: a read at once, a write when it has ended. */
  async #untilSettled(start: () => Promise<unknown>, wakes: () => boolean): Promise<Settled> {
    const scope = new CancellationScope({ cancellable: true })
    let settled: Settled | undefined
    const work = scope.run(start).then(
      (value) => {
        settled = { value }
      },
      (error: unknown) => {
        settled = { error }
      },
    )
    try {
      await condition(() => settled !== undefined || wakes())
    } finally {
      if (settled === undefined) scope.cancel()
      await work
    }
    return settled as Settled
  }

  #answerTo({ asked }: Call): boolean {
    return asked !== undefined && this.#record.questions.answered(asked.question.id) !== undefined
  }

  #again(call: Call): void {
    const { asked } = call
    delete call.asked
    delete call.why
    call.since = Date.now()
    if (asked === this.#asked && ![...this.#calls].some((other) => other.asked === asked)) this.#asked = undefined
  }

  #begin(call: Call): void {
    this.#calls.add(call)
    this.#begun = true
    if (this.#watching) return
    this.#watching = true
    // Begun by a call, it would be cancelled with it.
    void CancellationScope.nonCancellable(() => this.#watch())
  }

  #end(call: Call, well: boolean): void {
    this.#calls.delete(call)
    const { asked } = call
    if (asked === undefined || [...this.#calls].some((other) => other.asked === asked)) return
    if (this.#asked === asked) this.#asked = undefined
    if (!asked.own || this.#record.questions.find(asked.question.id) === undefined) return
    this.#record.questions.close(asked.question.id)
    if (well) this.#around.publish()
    else this.#failed = { question: asked.question, at: Date.now() }
  }

  async #watch(): Promise<void> {
    const askAfter = this.#around.askAfterMs()
    let check = firstCheck
    let rest = askAfter
    while (this.#calls.size > 0) {
      this.#begun = false
      const mayBeTooLong = rest > askAfter
      await condition(() => mayBeTooLong && this.#begun, rest)
      await behindAll()
      const ages = [...this.#calls].map(({ since }) => Date.now() - since)
      if (ages.every((age) => age < askAfter)) {
        check = firstCheck
        rest = Math.max(1_000, askAfter - Math.max(0, ...ages))
        continue
      }
      const seen = await underWay().catch(() => null)
      this.#judge(seen, askAfter)
      rest = check
      check = Math.min(check * checksGrow, longestCheck)
    }
    this.#watching = false
  }

  #judge(seen: UnderWay[] | null, askAfter: number): void {
    const now = Date.now()
    for (const call of this.#calls) {
      if (now - call.since < askAfter || this.#answerTo(call)) continue
      const why = lateText(call, seen, now)
      if (why !== undefined) call.why = why
      const done = seen?.find(({ activity }) => activity === call.activity)?.done
      if (done !== undefined) call.done = done
    }
    const late = [...this.#calls].filter((call) => call.why !== undefined && !this.#answerTo(call))
    const [first] = late
    if (first === undefined) return
    const text = [...new Set(late.map(({ why }) => why))].join('\n')
    if (this.#asked && this.#record.questions.find(this.#asked.question.id) !== undefined)
      this.#record.questions.refine(this.#asked.question.id, text)
    else
      this.#asked = this.#around.ask(first.step, late.every(({ kind }) => kind === 'pair') ? 'pair' : first.kind, text)
    for (const call of late) call.asked = this.#asked
    this.#around.publish()
  }
}

type Settled = { value: unknown } | { error: unknown }
