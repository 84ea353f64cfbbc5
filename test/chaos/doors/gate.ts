import type { DossierEntry } from '../../../src/contract/dossier.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import type { Cell } from './cell.ts'
import { runbooks } from './runbooks.ts'

export interface Passage {
  type: string
  args: readonly unknown[]
  next: () => Promise<unknown>
  stepNow: () => Promise<StepId | null>
}

/** Holds one activity of a run at the moment of a cell, until it is let go. */
export class Gate {
  readonly reached: Promise<void>
  readonly #cell: Cell
  readonly #acts: ReadonlySet<string>
  #here: () => void = () => undefined
  #missed: (error: Error) => void = () => undefined
  #letGo: () => void = () => undefined
  readonly #released: Promise<void>
  #armed: boolean
  #held = false

  /** `acts`: the activities that change something outside. */
  constructor(cell: Cell, acts: ReadonlySet<string>) {
    this.#cell = cell
    this.#acts = acts
    this.#armed = cell.place === 'begin' || cell.place === 'hand-in'
    this.reached = new Promise((resolve, reject) => {
      this.#here = resolve
      this.#missed = reject
    })
    this.reached.catch(() => undefined)
    this.#released = new Promise((resolve) => {
      this.#letGo = resolve
    })
  }

  release(): void {
    this.#letGo()
  }

  /** One activity of the run; `stepNow` asks the run where it is. */
  async through({ type, args, next, stepNow }: Passage): Promise<unknown> {
    const { moment } = this.#cell
    if (!this.#armed && !this.#held) this.#follow(await stepNow(), type === 'recordFacts' ? recordsOf(args) : [])
    if (this.#waitsFor(type, args) && (moment === 'looks' || moment === 'ordered')) await this.#hold()
    const result = await next()
    if (this.#waitsFor(type, args) && moment === 'acted') await this.#hold()
    return result
  }

  #waitsFor(type: string, args: readonly unknown[]): boolean {
    if (!this.#armed || this.#held) return false
    const { place, moment } = this.#cell
    if (place === 'begin') return type === 'acquireLease'
    if (place === 'hand-in') return type === 'releaseLease'
    if (moment === 'looks') return type !== 'recordFacts' || recordsOf(args).includes(place)
    return this.#acts.has(type)
  }

  /** A step whose looks were all made ahead has no activity of its own: it is met where its fact is written, with the next step's first. */
  #follow(step: StepId | null, records: readonly string[]): void {
    const { runbook, place, moment } = this.#cell
    const { places } = runbooks[runbook]
    if (step === place || records.includes(place)) this.#armed = true
    else if (moment === 'looks') return
    else if (step !== null && places.indexOf(step) > places.indexOf(place))
      this.#missed(new Error('the step was over before the moment came'))
  }

  async #hold(): Promise<void> {
    this.#held = true
    this.#here()
    await this.#released
  }
}

/** Steps of which facts are written. Those of the step before may come with the first of the next. */
function recordsOf(args: readonly unknown[]): string[] {
  const { entries = [] } = (args[0] ?? {}) as { entries?: DossierEntry[] }
  return entries.flatMap((entry) => (entry.type === 'fact' ? [entry.fact.step] : []))
}
