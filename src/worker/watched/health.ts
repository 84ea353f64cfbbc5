import type { NativeConnection } from '@temporalio/worker'
import { release } from '../../contract/release.ts'
import type { Workers } from '../workers.ts'

/** A server that takes longer to say its name is not reachable, ms. */
const answerWithinMs = 2_000

export interface Health {
  /** The worker's release. */
  version: string
  /** Polls both task queues, and Temporal answers. */
  ok: boolean
  /** `STARTING`, then the states of Temporal's SDK. */
  workers: { runs: string; waits: string }
  temporal: 'reachable' | 'unreachable'
}

/** `workers`: undefined until they are made. */
export function healthOf(workers: Workers | undefined, reachable: boolean): Health {
  const states = {
    runs: workers?.runs.getState() ?? 'STARTING',
    waits: workers?.waits.getState() ?? 'STARTING',
  }
  return {
    version: release,
    ok: states.runs === 'RUNNING' && states.waits === 'RUNNING' && reachable,
    workers: states,
    temporal: reachable ? 'reachable' : 'unreachable',
  }
}

/** Does Temporal answer? Never fails. */
export async function isReachable(connection: NativeConnection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + answerWithinMs, () => connection.workflowService.getSystemInfo({}))
    return true
  } catch {
    return false
  }
}
