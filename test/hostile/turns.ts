/** Milliseconds between two looks at the clock. */
const every = 10

/**
 * The longest turn of the event loop. A turn counts with the processor that this process used in it, when that is less than the
 * time that went by: a busy machine holds up every process, and no answer is to blame for it.
 */
export class Turns {
  longest = 0
  #at = performance.now()
  #used = process.cpuUsage()
  readonly #timer = setInterval(() => this.#look(), every)

  stop(): void {
    this.#look()
    clearInterval(this.#timer)
  }

  /** The longest since the last question, ms. */
  take(): number {
    this.#look()
    const { longest } = this
    this.longest = 0
    return longest
  }

  #look(): void {
    const now = performance.now()
    const { user, system } = process.cpuUsage(this.#used)
    const turn = Math.min(now - this.#at, (user + system) / 1_000)
    this.longest = Math.max(this.longest, turn)
    this.#begin()
  }

  #begin(): void {
    this.#at = performance.now()
    this.#used = process.cpuUsage()
  }
}
