import { Worker, type WorkerOptions } from '@temporalio/worker'
import type { createActivities } from '../activities/activities.ts'
import { waitsQueueOf } from '../contract/names.ts'

/**
 * A wait holds a slot for its whole length, and one worker alone must be enough for an installation. Each pair has its
 * watch, and at worst at the same time a wait of its run and two obligations that are kept, writes and reads. A slot that
 * nobody uses costs nothing.
 */
export function waitSlots(pairs: number): number {
  return Math.max(400, pairs * 4)
}

/** A run whose worker died is taken up by another one after this; the SDK's 10 s are long in an incident. */
const stickyTimeout = '2s'

/** Waits only look: another worker takes them up at once. */
const waitsShutdownGrace = '1s' as const

/** Live numbers travel in heartbeats, and cancellation comes back with them. */
const heartbeatThrottle = '1s' as const

/** Runs and actions on one queue, waits on the other: a wait never starves an action. */
export interface Workers {
  runs: Worker
  waits: Worker
}

export interface WorkersOptions
  extends
    Required<Pick<WorkerOptions, 'connection' | 'namespace' | 'taskQueue' | 'workflowBundle' | 'dataConverter'>>,
    Pick<WorkerOptions, 'interceptors' | 'workerDeploymentOptions'> {
  activities: ReturnType<typeof createActivities>
  /** How many are configured. */
  pairs: number
  /** Activities under way may finish their outside call for so long before the process ends, ms. */
  drainMs: number
}

/** What the two workers of a process have in common, and what each of them does. */
export async function createWorkers({
  activities,
  workflowBundle,
  pairs,
  drainMs,
  ...common
}: WorkersOptions): Promise<Workers> {
  const shared = {
    ...common,
    shutdownGraceTime: drainMs,
    maxHeartbeatThrottleInterval: heartbeatThrottle,
  }
  const runs = await Worker.create({
    ...shared,
    workflowBundle,
    activities: activities.runs,
    stickyQueueScheduleToStartTimeout: stickyTimeout,
  })
  const waits = await Worker.create({
    ...shared,
    taskQueue: waitsQueueOf(common.taskQueue),
    activities: { ...activities.waits },
    maxConcurrentActivityTaskExecutions: waitSlots(pairs),
    shutdownGraceTime: waitsShutdownGrace,
  })
  return { runs, waits }
}

/** Takes nothing new, and ends when what is under way has ended or was cancelled. */
export function stopWorkers({ runs, waits }: Workers): void {
  for (const worker of [runs, waits]) if (worker.getState() === 'RUNNING') worker.shutdown()
}

/** Until both are shut down. */
export async function runWorkers({ runs, waits }: Workers): Promise<void> {
  await Promise.all([running(runs, { runs, waits }), running(waits, { runs, waits })])
}

/** Runs a worker; when it fails, the other one is stopped as well, so that the process ends and is started anew. */
async function running(worker: Worker, both: Workers): Promise<void> {
  try {
    await worker.run()
  } catch (error) {
    stopWorkers(both)
    throw error
  }
}
