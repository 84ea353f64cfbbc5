import { DefaultLogger, Runtime } from '@temporalio/worker'
import { systemClock } from '../activities/deps.ts'
import { createActivities } from '../activities/activities.ts'
import { createScrub } from '../activities/secrets/scrub.ts'
import { createPorts } from '../adapters/ports.ts'
import type { WorkerOptions } from './arguments.ts'
import { bundleWorkflows } from './bundle.ts'
import { ensureSearchAttributes } from './ensure-search-attributes.ts'
import { startPairs } from './start-pairs.ts'
import { connectToTemporal } from './temporal.ts'
import { openConfig } from './worker-config.ts'
import { createWorkers, runWorkers } from './workers.ts'

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
    const interceptors = { activity: [() => ({ inbound: createScrub(config.secrets) })] }
    const workers = await createWorkers({ connection, namespace, taskQueue, workflowBundle, activities, interceptors })
    const withSearchAttributes = await ensureSearchAttributes(client, logger)
    const pairs = await startPairs(client, config.current(), withSearchAttributes)
    const ready = `switchback worker ready: ${pairs.length} pair(s) (${pairs.join(', ')}) on task queue ${taskQueue}, Temporal ${address}, namespace ${namespace}`
    await Promise.all([runWorkers(workers), Promise.resolve().then(() => logger.info(ready))])
  } finally {
    await ports.close()
    await connection.close()
  }
}
