import type { Question, QuestionKind } from '../../contract/progress.ts'
import type { StepId } from '../../contract/steps.ts'

export interface GivenAnswer {
  question: string
  kind: QuestionKind
  by: string
  action: string
  note?: string
  at: string
}

/** The questions a run waits on, and the answers given. Plain state: no SDK. */
export class Questions {
  readonly #open = new Map<string, Question>()
  readonly #answers = new Map<string, GivenAnswer>()
  readonly #counts = new Map<string, number>()

  get open(): Question[] {
    return [...this.#open.values()]
  }

  ask(input: {
    step: StepId
    kind: QuestionKind
    text: string
    choices: string[]
    at: string
    payload: (id: string) => { update: string; payload: Record<string, unknown> }
  }): Question {
    const n = (this.#counts.get(input.step) ?? 0) + 1
    this.#counts.set(input.step, n)
    const id = `${input.step}#${n}`
    const question: Question = {
      id,
      step: input.step,
      kind: input.kind,
      text: input.text,
      choices: input.choices,
      send: input.payload(id),
      askedAt: input.at,
    }
    this.#open.set(id, question)
    return question
  }

  /** The text may grow more precise while the question is open. */
  refine(id: string, text: string): void {
    const question = this.#open.get(id)
    if (question) question.text = text
  }

  find(id: string): Question | undefined {
    return this.#open.get(id)
  }

  answer(answer: GivenAnswer): void {
    this.#open.delete(answer.question)
    this.#answers.set(answer.question, answer)
  }

  answered(id: string): GivenAnswer | undefined {
    return this.#answers.get(id)
  }

  /** Nobody needs to answer any more: what was asked for came about. */
  close(id: string): void {
    this.#open.delete(id)
  }

  /** Asked again under its id: what it asks about has not come about after all. */
  reopen(question: Question): void {
    this.#open.set(question.id, question)
  }

  describeOpen(): string {
    const open = this.open
    if (open.length === 0) return 'the run waits for no answer now'
    return open.map((q) => `"${q.id}" (send ${q.send.update} ${JSON.stringify(q.send.payload)})`).join(', ')
  }
}
