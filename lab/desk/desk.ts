import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compiled } from '../process/compiled.ts'
import { httpJson } from '../process/http-json.ts'
import { ManagedProcess } from '../process/managed-process.ts'
import type { Guard } from '../process/guard.ts'
import { reservePort } from '../process/ports.ts'
import { checkout } from '../tools.ts'
import type { DeskConfiguration } from './configuration.ts'

export type LabDesk = {
  /** Its pages; tickets are at /tickets. */
  readonly url: string
  readonly process: ManagedProcess
  /** Tells the desk which Connect clusters there are: {A: url, B: url}. */
  setConnect(connect: Record<string, string>): void
}

/** Milliseconds until it serves, with a loaded machine. */
const START_TIMEOUT_MS = 180_000

/** Starts the support desk as a process of its own; its tickets survive its kill. */
export async function startDesk(spec: {
  folder: string
  temporal: DeskConfiguration['temporal']
  guard: Guard
  ports: number[]
}): Promise<LabDesk> {
  const port = await reservePort()
  spec.ports.push(port)
  const url = `http://127.0.0.1:${port}`
  const file = join(spec.folder, 'data', 'desk.json')
  const configuration: DeskConfiguration = {
    port,
    stateFile: join(spec.folder, 'data', 'tickets.json'),
    temporal: spec.temporal,
    connect: {},
  }
  const setConnect = (connect: Record<string, string>) =>
    writeFileSync(file, JSON.stringify({ ...configuration, connect }, null, 2))
  setConnect({})
  const desk = new ManagedProcess({
    name: 'support desk',
    command: process.execPath,
    args: [await compiled('lab/desk/main.ts'), file],
    cwd: checkout,
    logFile: join(spec.folder, 'logs', 'desk.log'),
    startTimeoutMs: START_TIMEOUT_MS,
    guard: spec.guard,
    ready: async () => (await httpJson('GET', `${url}/stats`)) !== undefined,
  })
  await desk.start()
  return { url, process: desk, setConnect }
}
