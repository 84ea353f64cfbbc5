import { Worker, type WorkerOptions } from '@temporalio/worker'
import type { createActivities } from '../activities/activities.ts'
import { waitsQueueOf } from '../contract/names.ts'
import { dataConverter } from './temporal.ts'

/** A wait holds a slot for its whole length: enough for every pair and run of an installation. */
const waitSlots = 400

/** A run whose worker died is taken up by another one after this; the SDK's 10 s are long in an incident. */
const stickyTimeout = '2s'

/** Activities under way may finish their outside call before the process ends. */
const shutdownGrace = '10s' as const

/** Waits only look: another worker takes them up at once. */
const waitsShutdownGrace = '1s' as const

/** Live numbers travel in heartbeats, and cancellation comes back with them. */
const heartbeatThrottle = '2s' as const

/** Runs and actions on one queue, waits on the other: a wait never starves an action. */
export interface Workers {
  runs: Worker
  waits: Worker
}

/** What the two workers of a process have in common, and what each of them does. */
export async function createWorkers({
  activities,
  workflowBundle,
  ...common
}: Required<Pick<WorkerOptions, 'connection' | 'namespace' | 'taskQueue' | 'workflowBundle'>> &
  Pick<WorkerOptions, 'interceptors'> & { activities: ReturnType<typeof createActivities> }): Promise<Workers> {
  const shared = {
    ...common,
    dataConverter,
    shutdownGraceTime: shutdownGrace,
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
    maxConcurrentActivityTaskExecutions: waitSlots,
    shutdownGraceTime: waitsShutdownGrace,
  })
  return { runs, waits }
}

/** Until both are shut down. */
export async function runWorkers({ runs, waits }: Workers): Promise<void> {
  await Promise.all([running(runs, waits), running(waits, runs)])
}

/** Runs a worker; when it fails, the other one is stopped as well, so that the process ends and is started anew. */
async function running(worker: Worker, other: Worker): Promise<void> {
  try {
    await worker.run()
  } catch (error) {
    if (other.getState() === 'RUNNING') other.shutdown()
    throw error
  }
}
