/** A worker process over the world of its parent: `worker.ts ADDRESS`; the first message is the configuration. Says "ready". */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { Client } from '@temporalio/client'
import { createActivities } from '../../../src/activities/activities.ts'
import { systemClock } from '../../../src/activities/deps.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { openDataConverter } from '../../../src/payloads/data-converter.ts'
import { bundleWorkflows } from '../../../src/worker/bundle.ts'
import { startPairs } from '../../../src/worker/start-pairs.ts'
import { takeUpRuns } from '../../../src/worker/take-up-runs.ts'
import { createWorkers, runWorkers } from '../../../src/worker/workers.ts'
import { portsOfParent } from './ports-over-ipc.ts'

// Without its parent there is no world.
process.on('disconnect', () => process.exit(1))

const [address = ''] = process.argv.slice(2)
const config = await new Promise((resolve) => process.once('message', resolve))
const logger = new DefaultLogger('ERROR')
Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } })
const parsed = configSchema.parse(config)
const connection = await NativeConnection.connect({ address })
const dataConverter = await openDataConverter()
const client = new Client({ connection, dataConverter })
const workers = await createWorkers({
  connection,
  namespace: 'default',
  taskQueue: parsed.temporal.taskQueue,
  workflowBundle: await bundleWorkflows(dataConverter, { logger }),
  dataConverter,
  activities: createActivities({ ports: portsOfParent(), config: () => parsed, client, clock: systemClock }),
  pairs: Object.keys(parsed.pairs).length,
  drainMs: 1_000,
})
const running = runWorkers(workers)
await startPairs(client, parsed, false)
await takeUpRuns(client, parsed.temporal.taskQueue, logger)
process.send?.('ready')
await running
await connection.close()
process.exit(0)
