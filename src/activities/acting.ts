import { Context } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import { activitySignal } from './deps.ts'

/** Well within the heartbeat time-out of a write, which tolerates a machine that swaps for a while. */
const heartbeatEveryMs = 4_000

/**
 * Carries out one act of unknown length: heartbeats `what` while it lasts, so that a dead worker is noticed and a
 * cancellation arrives, and passes the signal on.
 */
export async function acting<T>(what: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = activitySignal()
  const context = Context.current()
  const beat = (): void => context.heartbeat({ doing: what })
  const beating = context.info.heartbeatTimeoutMs === undefined ? undefined : setInterval(beat, heartbeatEveryMs)
  if (beating !== undefined) beat()
  try {
    return await act(signal)
  } catch (error) {
    // Whatever the aborted call threw: to Temporal, the activity was cancelled.
    if (signal.aborted && signal.reason instanceof CancelledFailure) throw signal.reason
    throw error
  } finally {
    clearInterval(beating)
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
