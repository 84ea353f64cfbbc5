import { activityInfo, heartbeat } from '@temporalio/activity'
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
  const beat = (): void => heartbeat({ doing: what })
  const beating = activityInfo().heartbeatTimeoutMs === undefined ? undefined : setInterval(beat, heartbeatEveryMs)
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
