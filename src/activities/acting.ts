import { Context } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import { attemptLimit, failedBefore } from './attempt-limit.ts'
import { activitySignal } from './deps.ts'
import { sentence } from './faults.ts'
import { listeningTo, type SeenNow } from '../ports/seen.ts'

/** Without a time-out to keep, ms. */
const seldomBeat = 5_000
/** A cancellation comes back with a heartbeat, and somebody who aborts waits for it, ms. */
const longestBeat = 2_000

/** Between two heartbeats, ms: well within the activity's own time-out, so that a few may be late. */
export function heartbeatEvery(timeoutMs: number | undefined): number {
  return timeoutMs === undefined ? seldomBeat : Math.min(longestBeat, timeoutMs / 4)
}

/**
 * Carries out one act of unknown length: heartbeats `what` while it lasts, so that a dead worker is noticed and a
 * cancellation arrives, together with what it waits for as far as its adapter tells, and passes the signal on. An attempt ends a little before Temporal would end it, so that its failure
 * says what it waited for; what an earlier attempt failed with goes on in the heartbeats.
 */
export async function acting<T>(what: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = activitySignal()
  const context = Context.current()
  const before = failedBefore(context.info.heartbeatDetails)
  let now: SeenNow | undefined
  const beat = (): void =>
    context.heartbeat({ doing: what, ...now, ...(before === undefined ? {} : { failed: before }) })
  const timeoutMs = context.info.heartbeatTimeoutMs
  const beating = timeoutMs === undefined ? undefined : setInterval(beat, heartbeatEvery(timeoutMs))
  if (beating !== undefined) beat()
  const limit = attemptLimit(what, context.info, before)
  try {
    const listened = listeningTo(
      (seen) => (now = seen),
      () => act(limit.signal === undefined ? signal : AbortSignal.any([signal, limit.signal])),
    )
    return await limit.within(listened)
  } catch (error) {
    // Whatever the aborted call threw: to Temporal, the activity was cancelled.
    if (signal.aborted && signal.reason instanceof CancelledFailure) throw signal.reason
    if (timeoutMs !== undefined) context.heartbeat({ doing: what, failed: sentence(error) })
    throw error
  } finally {
    clearInterval(beating)
    limit.end()
  }
}

/** The same activities, each of which heartbeats its name while it lasts: a worker that dies in a look is noticed too. */
export function heartbeating<T extends object>(activities: T): T {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]: [string, (...args: unknown[]) => Promise<unknown>]) => [
      name,
      (...args: unknown[]) => acting(name, () => activity(...args)),
    ]),
  ) as T
}
