/**
 * Messages that came while the first of them waits are applied behind it, in the order in which they came, each whatever became of
 * the one before it. `wanted`: is asked only where something waits.
 */
export class Turns {
  readonly #wanted: () => boolean
  #last: Promise<unknown> | undefined

  constructor(wanted: () => boolean) {
    this.#wanted = wanted
  }

  get waiting(): boolean {
    return this.#last !== undefined && this.#wanted()
  }

  /** Others wait for this one. */
  first<T>(work: Promise<T>): Promise<T> {
    const over = () => {
      if (this.#last === work) this.#last = undefined
    }
    this.#last = work
    work.then(over, over)
    return work
  }

  /** At once, where nothing waits. */
  behind<T>(apply: () => T): T | Promise<T> {
    if (!this.waiting) return apply()
    return this.first((this.#last ?? Promise.resolve()).then(apply, apply))
  }
}
