import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes. */
const most = 300 * 1024 * 1024

/**
 * The memory that answers take: what one of them adds to the process, and what stays when nobody uses it any more. What waits for
 * the collector between two of them is neither.
 */
export class Memory {
  /** Bytes: the most that one play has added. */
  added = 0
  readonly #collect: () => void
  readonly #first: number
  #before = 0

  constructor() {
    setFlagsFromString('--expose-gc')
    this.#collect = runInNewContext('gc') as () => void
    this.#collect()
    this.#first = held()
    this.begin()
  }

  begin(): void {
    this.#before = process.memoryUsage.rss()
  }

  /** What is wrong with it after a play; null: nothing. */
  fault(): string | null {
    const now = process.memoryUsage.rss()
    this.added = Math.max(this.added, now - this.#before)
    if (now - this.#before > most) return `this one took ${mb(now - this.#before)}`
    if (now - this.#first <= most) return null
    this.#collect()
    const kept = held() - this.#first
    return kept > most ? `${mb(kept)} stay` : null
  }
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export function mb(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
