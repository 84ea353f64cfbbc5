import { join } from 'node:path'
import { httpJson } from '../process/http-json.ts'
import { ManagedProcess } from '../process/managed-process.ts'
import type { Guard } from '../process/guard.ts'
import { reservePort } from '../process/ports.ts'
import type { Tools } from '../tools.ts'

export type LabTemporal = {
  /** host:port of the gRPC front end. */
  readonly address: string
  readonly namespace: string
  readonly uiUrl: string
  /** kill() and start(): it comes back on its database file with everything in it. */
  readonly process: ManagedProcess
}

/** What Switchback's workflows set; the dev server knows only what it is told at start. */
const SEARCH_ATTRIBUTES = ['SwitchbackPair', 'SwitchbackOperation', 'SwitchbackState', 'SwitchbackTicket']
const NAMESPACE = 'default'
/**
 * Of the database file. By default each write waits for the disk several times: half of the server's processor time, and on a
 * busy disk a third of a second. What was written survives the server's SIGKILL all the same, though not the machine's end.
 */
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=off'].flatMap((pragma) => ['--sqlite-pragma', pragma])
/** Milliseconds: under 1 s alone, more while the brokers start beside it. */
const START_TIMEOUT_MS = 180_000

/** Starts Temporal's dev server with its UI, on a database file. */
export async function startTemporal(spec: {
  folder: string
  tools: Tools
  guard: Guard
  ports: number[]
}): Promise<LabTemporal> {
  const [port, uiPort] = await Promise.all([reservePort(), reservePort()])
  spec.ports.push(port, uiPort)
  const uiUrl = `http://127.0.0.1:${uiPort}`
  const flags = {
    port,
    'ui-port': uiPort,
    'db-filename': join(spec.folder, 'data', 'temporal.db'),
    ip: '127.0.0.1',
    namespace: NAMESPACE,
    'log-level': 'error',
  }
  const process = new ManagedProcess({
    name: 'Temporal',
    command: spec.tools.temporalCli,
    args: [
      'server',
      'start-dev',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...SQLITE_PRAGMAS,
      ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    logFile: join(spec.folder, 'logs', 'temporal.log'),
    startTimeoutMs: START_TIMEOUT_MS,
    guard: spec.guard,
    // Through the UI's own proxy: UI, front end and namespace all answer.
    ready: async () => (await httpJson('GET', `${uiUrl}/api/v1/namespaces/${NAMESPACE}`)) !== undefined,
  })
  await process.start()
  return { address: `127.0.0.1:${port}`, namespace: NAMESPACE, uiUrl, process }
}
