import { Context, heartbeat, sleep } from '@temporalio/activity'
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import { errorTypes } from '../../contract/errors.ts'
import { heartbeatEvery } from '../acting.ts'
import { activitySignal, unlimited } from '../deps.ts'
import { isConfigurationFault, sentence } from '../faults.ts'

/** A look is given this long even when less is left of the wait, ms; `lookMs` where a slow answer must not count as none. */
const shortestLook = 2_000

export interface Look<Verdict> {
  verdict: Verdict
  /** The verdict is final: the wait ends. */
  done: boolean
  /** Live numbers for whoever reads the pending activity. */
  live: Record<string, unknown>
}

export interface Waited<Verdict> {
  /** Of the last look that succeeded; undefined when none did. */
  verdict: Verdict | undefined
  /** Why the last look failed; null when it did not. */
  problem: string | null
}

/**
 * Looks again and again until a verdict is final or the time is over. What an outside system fails with is tolerated
 * and shown, since a wait outlives it; faults of the configuration and of this program are thrown. Where looks have failed for
 * `failingMs` without one that succeeded, the wait ends before its time, so that somebody is asked. Every look gets a signal that
 * fires on cancellation and when the time is over.
 */
export async function lookUntil<Verdict>(
  {
    pollMs,
    maxMs,
    lookMs = shortestLook,
    failingMs = Infinity,
  }: { pollMs: number; maxMs: number; lookMs?: number; failingMs?: number | undefined },
  look: (signal: AbortSignal) => Promise<Look<Verdict>>,
): Promise<Waited<Verdict>> {
  const until = performance.now() + maxMs
  const cancelled = activitySignal()
  const waited: Waited<Verdict> = { verdict: undefined, problem: null }
  let live: Record<string, unknown> = {}
  let answeredAt = performance.now()
  const beat = (): void => heartbeat(waited.problem === null ? live : { ...live, problem: waited.problem })
  // A look may take long, and so may the pause after it.
  const beating = setInterval(beat, heartbeatEvery(Context.current().info.heartbeatTimeoutMs))
  try {
    for (;;) {
      const looked = await tolerated(
        look,
        cancelled,
        Math.max(lookMs, Math.min(until, answeredAt + failingMs) - performance.now()),
      )
      waited.problem = looked.problem
      if (looked.found) {
        waited.verdict = looked.found.verdict
        live = looked.found.live
        answeredAt = performance.now()
      }
      beat()
      const left = until - performance.now()
      if (looked.found?.done || left <= 0 || performance.now() - answeredAt >= failingMs) return waited
      await sleep(Math.min(pollMs, left))
    }
  } finally {
    clearInterval(beating)
  }
}

async function tolerated<Verdict>(
  look: (signal: AbortSignal) => Promise<Look<Verdict>>,
  cancelled: AbortSignal,
  withinMs: number,
): Promise<{ found?: Look<Verdict>; problem: string | null }> {
  // Made and ended with each look: a wait of hours has thousands of them, and leaves no timer and no listener behind.
  const limit = new AbortController()
  const end = (): void => limit.abort(cancelled.reason)
  cancelled.addEventListener('abort', end)
  const timer = setTimeout(() => limit.abort(), withinMs)
  try {
    return { found: await look(unlimited(limit.signal)), problem: null }
  } catch (error) {
    if (cancelled.aborted) throw cancelled.reason
    if (limit.signal.aborted) return { problem: 'no answer within the time of this wait' }
    if (!(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return { problem: sentence(error) }
  } finally {
    clearTimeout(timer)
    cancelled.removeEventListener('abort', end)
  }
}

/** For answers without a place for a reason: a wait that ended blind says why, and is not repeated by itself. */
export function verdictOr<Verdict>({ verdict, problem }: Waited<Verdict>, what: string): Verdict {
  if (verdict !== undefined && problem === null) return verdict
  throw ApplicationFailure.create({
    type: errorTypes.notYet,
    nonRetryable: true,
    // Expected: a person is asked; no error in the worker's log and metrics.
    category: ApplicationFailureCategory.BENIGN,
    message: `${what} could not be seen: ${problem ?? 'there was no look'}`,
  })
}
