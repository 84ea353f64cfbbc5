import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { systemClock } from '../activities/deps.ts'
import { createActivities } from '../activities/activities.ts'
import { createScrub } from '../activities/secrets/scrub.ts'
import { createPorts } from '../adapters/ports.ts'
import { waitsQueueOf } from '../contract/names.ts'
import type { WorkerOptions } from './arguments.ts'
import { bundleWorkflows } from './bundle.ts'
import { ensureSearchAttributes } from './ensure-search-attributes.ts'
import { startPairs } from './start-pairs.ts'
import { connectToTemporal, dataConverter } from './temporal.ts'
import { openConfig } from './worker-config.ts'

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

/** Runs until a signal stops it. Throws ConfigError for a faulty file, and sentences for everything else. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { logger } = Runtime.instance()
  const config = openConfig(options.config)
  const { taskQueue } = config.current().temporal
  const { connection, client, address, namespace } = await connectToTemporal()
  const ports = createPorts(config.current)
  try {
    const activities = createActivities({ ports, config: config.current, client, clock: systemClock })
    const workflowBundle = await bundleWorkflows({ logger: new DefaultLogger('WARN') })
    const shared = {
      connection,
      namespace,
      dataConverter,
      shutdownGraceTime: shutdownGrace,
      maxHeartbeatThrottleInterval: heartbeatThrottle,
      interceptors: { activity: [() => ({ inbound: createScrub(config.secrets) })] },
    }
    const runs = await Worker.create({
      ...shared,
      taskQueue,
      workflowBundle,
      activities: activities.runs,
      stickyQueueScheduleToStartTimeout: stickyTimeout,
    })
    const waits = await Worker.create({
      ...shared,
      taskQueue: waitsQueueOf(taskQueue),
      activities: { ...activities.waits },
      maxConcurrentActivityTaskExecutions: waitSlots,
      shutdownGraceTime: waitsShutdownGrace,
    })
    const withSearchAttributes = await ensureSearchAttributes(client, logger)
    const pairs = await startPairs(client, config.current(), withSearchAttributes)
    const ready = `switchback worker ready: ${pairs.length} pair(s) (${pairs.join(', ')}) on task queue ${taskQueue}, Temporal ${address}, namespace ${namespace}`
    await Promise.all([running(runs, waits), running(waits, runs), Promise.resolve().then(() => logger.info(ready))])
  } finally {
    await ports.close()
    await connection.close()
  }
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
