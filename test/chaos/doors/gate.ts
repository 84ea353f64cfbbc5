import type { Cell } from './cell.ts'
import { runbooks } from './runbooks.ts'

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
    this.#armed = cell.place === 'begin'
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

  /** One activity of the run. */
  async through(type: string, args: readonly unknown[], next: () => Promise<unknown>): Promise<unknown> {
    const { moment } = this.#cell
    if (this.#waitsFor(type) && (moment === 'looks' || moment === 'ordered')) await this.#hold()
    const result = await next()
    if (this.#waitsFor(type) && moment === 'acted') await this.#hold()
    this.#follow(type, args)
    return result
  }

  #waitsFor(type: string): boolean {
    if (!this.#armed || this.#held) return false
    const { place, moment } = this.#cell
    if (place === 'begin') return type === 'acquireLease'
    if (place === 'hand-in') return type === 'releaseLease'
    return moment === 'looks' || this.#acts.has(type)
  }

  /** The step begins when the one before it is on record. */
  #follow(type: string, args: readonly unknown[]): void {
    const { runbook, place } = this.#cell
    const { places } = runbooks[runbook]
    const before = places[places.indexOf(place) - 1]
    const { key = '' } = (args[0] ?? {}) as { key?: string }
    const over = (step: string) =>
      type === 'recordFacts' && [`${step}:done`, `${step}:skipped`].some((k) => key.startsWith(k))
    if (before === 'begin' ? type === 'draftPlan' : before !== undefined && over(before)) this.#armed = true
    if (over(place) && !this.#held) this.#missed(new Error('the step was over before the moment came'))
  }

  async #hold(): Promise<void> {
    this.#held = true
    this.#here()
    await this.#released
  }
}
