import { Context, heartbeat, sleep } from '@temporalio/activity'
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import type { Paced, WaitEnds } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import { Movement, type Outstanding } from '../../domain/plan/movement.ts'
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
  /** What is not there yet, and how far it has come. Absent: nobody can tell. */
  outstanding?: Outstanding
}

/** Milliseconds. */
interface Times extends WaitEnds {
  pollMs: number
  maxMs: number
  lookMs?: number
}

export interface Waited<Verdict> {
  /** Of the last look that succeeded; undefined when none did. */
  verdict: Verdict | undefined
  /** Why the last check failed; null when it did not. */
  problem: string | null
}

/**
 * Looks again and again until a verdict is final or the time is over. What an outside system fails with is tolerated
 * and shown, since a wait outlives it; faults of the configuration and of this program are thrown. Where looks have failed for
 * `failingMs` without one that succeeded, or part of what is waited for has not moved for `stillMs`, the wait ends before its time,
 * so that somebody is asked; with `untilItMoves` somebody was, and it ends when everything moves again. Every look gets a signal
 * that fires on cancellation and when the time is over.
 */
export async function lookUntil<Verdict extends object>(
  { pollMs, maxMs, lookMs = shortestLook, failingMs = Infinity, stillMs, untilItMoves = false }: Times,
  look: (signal: AbortSignal) => Promise<Look<Verdict>>,
): Promise<Waited<Verdict & Paced>> {
  const until = performance.now() + maxMs
  const cancelled = activitySignal()
  const waited: Waited<Verdict & Paced> = { verdict: undefined, problem: null }
  const movement = stillMs === undefined ? undefined : new Movement(stillMs)
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
      let over = false
      if (looked.found) {
        const { verdict, done, outstanding } = looked.found
        answeredAt = performance.now()
        const pace = outstanding && movement?.take(answeredAt, outstanding)
        waited.verdict = pace === undefined ? verdict : { ...verdict, pace }
        live = looked.found.live
        over = done || (untilItMoves ? pace?.allMoved : pace && pace.still.length > 0) === true
      }
      beat()
      const left = until - performance.now()
      if (over || left <= 0 || performance.now() - answeredAt >= failingMs) return waited
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
    message: `${what} could not be seen: ${problem ?? 'there was no check'}`,
  })
}
