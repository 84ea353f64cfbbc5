import { type Attempt, failureOf } from './failures.ts'
import { abortable } from './net/abort.ts'

/** Runs a call. Every error leaves as a failure for a person; an abort leaves at once, as the caller's own reason. */
export type Guarded = <T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>

export function guardedAs(attempt: Omit<Attempt, 'what'>): Guarded {
  return async (what, signal, work) => {
    signal?.throwIfAborted()
    try {
      return await abortable(work(), signal)
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error
      throw failureOf({ ...attempt, what }, error)
    }
  }
}

/** "accounting.invoices", "accounting.invoices and 4 more" */
export function some(names: string[]): string {
  const [first, ...others] = names
  if (first === undefined) return 'nothing'
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
