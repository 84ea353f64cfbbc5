import { DefaultLogger, type Logger, Runtime } from '@temporalio/worker'
import { systemClock } from '../activities/deps.ts'
import { createActivities } from '../activities/activities.ts'
import { createScrub } from '../activities/secrets/scrub.ts'
import { createPorts } from '../adapters/ports.ts'
import { openDataConverter } from '../payloads/data-converter.ts'
import { remarksOn } from '../config/remarks.ts'
import type { Config } from '../config/schema.ts'
import { release } from '../contract/release.ts'
import type { WorkerOptions } from './arguments.ts'
import { bundleWorkflows } from './bundle.ts'
import { refuseUnreadable } from './readable-pairs.ts'
import { ensureSearchAttributes } from './ensure-search-attributes.ts'
import { startPairs } from './start-pairs.ts'
import { drainMs, onStopSignal } from './stop-signals.ts'
import { takeUpRuns } from './take-up-runs.ts'
import { connectToTemporal } from './temporal.ts'
import { versioning } from './versioning.ts'
import { openConfig } from './worker-config.ts'
import type { Endpoint } from './watched/listen.ts'
import { openWatched } from './watched/watched.ts'
import { createWorkers, runWorkers, stopWorkers, type Workers } from './workers.ts'

/** Runs until a signal stops it. Throws ConfigError for a faulty file, and sentences for everything else. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { logger } = Runtime.instance()
  const stopWithinMs = options.stopWithin * 1000
  const stopping = onStopSignal(stopWithinMs, logger)
  const config = openConfig(options.config)
  reportInsecure(config.current(), options.config, logger)
  const { taskQueue } = config.current().temporal
  const dataConverter = await openDataConverter(options.codec, options.codecKeys)
  const temporal = await connectToTemporal(dataConverter)
  const { connection, client, address, namespace } = temporal
  const ports = createPorts(config.current)
  const names = Object.keys(config.current().pairs)
  let workers: Workers | undefined
  let watched: Endpoint | undefined
  try {
    if (options.http)
      watched = await openWatched(options.http, { client, connection, pairs: names, workers: () => workers })
    await refuseUnreadable(temporal, names)
    const activities = createActivities({ ports, config: config.current, client, clock: systemClock })
    const workflowBundle = await bundleWorkflows(dataConverter, { logger: new DefaultLogger('WARN') })
    const interceptors = { activity: [() => ({ inbound: createScrub(config.secrets) })] }
    const deployment = versioning(options)
    workers = await createWorkers({
      connection,
      namespace,
      taskQueue,
      workflowBundle,
      dataConverter,
      activities,
      interceptors,
      pairs: names.length,
      drainMs: drainMs(stopWithinMs),
      ...(deployment === undefined ? {} : { workerDeploymentOptions: deployment }),
    })
    const withSearchAttributes = await ensureSearchAttributes(client, logger)
    const pairs = await startPairs(client, config.current(), withSearchAttributes)
    const build = options.buildId === undefined ? '' : `, build ${options.buildId} of ${options.deployment}`
    const ready = `switchback worker ready: ${pairs.length} pair(s) (${pairs.join(', ')}) on task queue ${taskQueue}, Temporal ${address}, namespace ${namespace}, release ${release}${build}`
    if (watched) logger.info(`health and metrics: http://${watched.address}/healthz and /metrics`)
    const running = workers
    stopping.drainBy(() => stopWorkers(running))
    await Promise.all([
      runWorkers(running),
      takeUpRuns(client, taskQueue, logger),
      Promise.resolve().then(() => logger.info(ready)),
    ])
  } finally {
    await watched?.close()
    await ports.close()
    await connection.close()
  }
}

/** Beyond this many a number says the rest: `switchback check` has them all. */
const mostRemarks = 20

function reportInsecure(config: Config, path: string, logger: Logger): void {
  const remarks = remarksOn(config, path)
  for (const remark of remarks.slice(0, mostRemarks)) logger.warn(`insecure: ${remark}`)
  if (remarks.length > mostRemarks)
    logger.warn(`insecure: ${remarks.length - mostRemarks} more; \`switchback check\` shows all`)
}
