import { readFileSync } from 'node:fs'

/** Milliseconds between two looks at the clock. */
const every = 10

/**
 * The longest turn of the event loop, by the processor that its thread used in it: a busy machine holds up every process, and no
 * answer is to blame for it.
 */
export class Turns {
  #longest = 0
  #used = usedMs()
  readonly #timer = setInterval(() => this.#look(), every)

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The longest since the last question, ms. */
  take(): number {
    this.#look()
    const longest = this.#longest
    this.#longest = 0
    return longest
  }

  #look(): void {
    const now = usedMs()
    this.#longest = Math.max(this.#longest, now - this.#used)
    this.#used = now
  }
}

/** Of this thread where Linux tells it, else of the process with all that it does beside. */
function usedMs(): number {
  try {
    const [onProcessor = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
    return Number(onProcessor) / 1_000_000
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
}
