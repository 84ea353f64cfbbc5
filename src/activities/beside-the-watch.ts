import { setTimeout as sleep } from 'node:timers/promises'
import { activitySignal, type ActivityDeps, unlimited } from './deps.ts'

/** Milliseconds. */
interface Rhythm {
  /** Between the begin of a stretch and the first turn: one that ends at once does nothing. */
  startAfter: number
  /** Between two turns; absent: one turn a stretch. */
  every?: number
  /** Instead of `every`, after a turn that failed. */
  afterFailure?: number
}

/**
 * Takes turns beside the looks of the watch until it is stopped. Whatever fails is tried again later: the watch never waits for it
 * and never fails because of it.
 */
export class BesideTheWatch {
  readonly #stopping = new AbortController()
  readonly signal = unlimited(AbortSignal.any([activitySignal(), this.#stopping.signal]))

  begin(turn: () => Promise<void>, { startAfter, every, afterFailure = every }: Rhythm): void {
    const turns = async (): Promise<void> => {
      await sleep(startAfter, undefined, { signal: this.signal })
      for (;;) {
        const failed = await turn().then(
          () => false,
          () => true,
        )
        if (every === undefined) return
        await sleep(failed ? afterFailure : every, undefined, { signal: this.signal })
      }
    }
    turns().catch(() => undefined)
  }

  stop(): void {
    this.#stopping.abort()
  }
}

/** What a worker knows beyond what travels with its pairs, by a key of each: it ends with the worker. */
export function knownToWorker<T>(): (deps: ActivityDeps) => Map<string, T> {
  const byWorker = new WeakMap<ActivityDeps, Map<string, T>>()
  return (deps) => {
    const known = byWorker.get(deps) ?? new Map<string, T>()
    byWorker.set(deps, known)
    return known
  }
}
