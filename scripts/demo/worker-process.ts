import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '@temporalio/client'
import type { Lab } from '../../lab/lab.ts'
import type { Guard } from '../../lab/process/guard.ts'
import { ManagedProcess } from '../../lab/process/managed-process.ts'
import { pairQueries } from '../../src/contract/definitions.ts'
import { pairWorkflowId } from '../../src/contract/names.ts'

/** Milliseconds: it bundles the workflows first, about 8 s on an idle machine, some times that on a busy one. */
const START_TIMEOUT_MS = 120_000

const entry = fileURLToPath(new URL('../../src/worker.ts', import.meta.url))

/** The product's worker as a user starts it: a process that knows its switchback.yaml and where Temporal is. */
export async function startWorker(lab: Lab, client: Client, guard: Guard): Promise<ManagedProcess> {
  const pair = client.workflow.getHandle(pairWorkflowId(lab.pair))
  const worker = new ManagedProcess({
    name: 'the worker',
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), entry, '--config', lab.configFile],
    env: workerEnvironment(lab),
    logFile: join(lab.dir, 'logs', 'worker.log'),
    startTimeoutMs: START_TIMEOUT_MS,
    guard,
    // Only a worker that has taken up the pair's workflow can answer.
    ready: async () => (await pair.query(pairQueries.status)) !== undefined,
  })
  await worker.start()
  return worker
}

/** The lab's Temporal and nothing of a profile, key or certificate that this machine keeps for another one. */
function workerEnvironment(lab: Lab): NodeJS.ProcessEnv {
  const profile = join(lab.dir, 'temporal.toml')
  writeFileSync(profile, '[profile.default]\n')
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))
  return { ...Object.fromEntries(others), TEMPORAL_CONFIG_FILE: profile, ...lab.env }
}
