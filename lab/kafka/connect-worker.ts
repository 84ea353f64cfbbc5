import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { httpJson } from '../process/http-json.ts'
import { ManagedProcess } from '../process/managed-process.ts'
import type { Ground } from '../grounds/ground.ts'
import type { Guard } from '../process/guard.ts'
import type { Tools } from '../tools.ts'
import { javaArguments, propertiesText } from './jvm.ts'
import { mirror, saslProperties } from './users.ts'

export type ConnectSpec = {
  ground: Ground
  /** The cluster this worker is attached to: links to it run here. */
  alias: string
  bootstrap: string
  caFile?: string | undefined
  port: number
  /** Shown in messages: "Connect on A". */
  name: string
  folder: string
  logFile: string
  tools: Tools
  guard: Guard
}

/** Milliseconds: it waits for its broker, joins its group and then answers; 5 s alone, more while everything starts at once. */
const START_TIMEOUT_MS = 180_000

/** Connect's own topics, where there is no second broker. */
const ALONE = {
  'offset.storage.replication.factor': 1,
  'config.storage.replication.factor': 1,
  'status.storage.replication.factor': 1,
}

/** A Connect worker in distributed mode with MirrorMaker 2 and the suffix policy on its classpath. */
export function createConnectWorker(spec: ConnectSpec): ManagedProcess {
  mkdirSync(spec.folder, { recursive: true })
  const file = join(spec.folder, 'worker.properties')
  writeFileSync(file, propertiesText(workerProperties(spec)), { mode: 0o600 })
  return new ManagedProcess({
    name: spec.name,
    command: spec.tools.java,
    args: javaArguments(spec.tools, 'org.apache.kafka.connect.cli.ConnectDistributed', file),
    logFile: spec.logFile,
    startTimeoutMs: START_TIMEOUT_MS,
    guard: spec.guard,
    ready: async () => Array.isArray(await httpJson('GET', `http://127.0.0.1:${spec.port}/connectors`)),
  })
}

function workerProperties(spec: ConnectSpec): Record<string, string | number> {
  const login = (prefix: string) => saslProperties(mirror, { prefix, caFile: spec.caFile })
  return {
    'bootstrap.servers': spec.bootstrap,
    'group.id': `connect-${spec.alias}`,
    ...login(''),
    ...login('producer.'),
    ...login('consumer.'),
    ...login('admin.'),
    'offset.storage.topic': 'connect-offsets',
    'config.storage.topic': 'connect-configs',
    'status.storage.topic': 'connect-status',
    ...(spec.ground.brokers === 1 ? ALONE : {}),
    ...spec.ground.worker,
    listeners: `http://127.0.0.1:${spec.port}`,
    // The manifests in the jars name every class used here; scanning the whole classpath takes seconds.
    'plugin.discovery': 'service_load',
  }
}
