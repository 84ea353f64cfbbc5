import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { isAlive } from '../../lab/process/alive.ts'
import { until } from '../../lab/process/wait.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { processesIn } from './processes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

type Demo = {
  process: ChildProcess
  ended: Promise<number | NodeJS.Signals>
  output: () => string
  folder: () => string
}

const started: Demo[] = []

function startDemo(): Demo {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'scripts/demo.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()))
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)),
  )
  const folder = () => {
    const name = readdirSync(join(root, '.lab')).find((entry) => entry.startsWith(`${child.pid}-`))
    return join(root, '.lab', name ?? 'none')
  }
  const demo = { process: child, output: () => text, ended, folder }
  started.push(demo)
  return demo
}

/** Pids of everything the demo has started, its worker included. */
async function pidsWithWorker(demo: Demo): Promise<number[]> {
  const workerPid = () => {
    const children = readFileSync(`/proc/${demo.process.pid}/task/${demo.process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
    return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('src/worker.ts'))
  }
  const worker = await until(workerPid, {
    what: 'the worker is not started',
    timeoutMs: PATIENCE_MS,
    giveUp: () => (demo.process.exitCode === null ? undefined : demo.output()),
  })
  const { pids } = JSON.parse(readFileSync(join(demo.folder(), 'lab.json'), 'utf8')) as { pids: Record<string, number> }
  return [worker, ...Object.values(pids)]
}

afterEach(() => {
  for (const { process: child, folder } of started.splice(0)) {
    child.kill('SIGKILL')
    rmSync(folder(), { recursive: true, force: true })
  }
})

test(
  'Ctrl-C ends the worker and the whole lab, and takes their folder away',
  async () => {
    const demo = startDemo()
    const pids = await pidsWithWorker(demo)
    expect(pids.length).toBeGreaterThan(8)
    expect(pids.every(isAlive)).toBe(true)
    const folder = demo.folder()
    demo.process.kill('SIGINT')
    expect(await demo.ended).toBe(130)
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(folder)).toBe(false)
    expect(demo.output()).not.toMatch(/Error|not ok/)
  },
  LIMIT_MS,
)

test(
  'a demo that is killed in the middle of its start leaves no process behind',
  async () => {
    const demo = startDemo()
    const pids = await until(() => atLeast(3, processesIn(demo.folder())), {
      what: 'nothing is being started',
      timeoutMs: PATIENCE_MS,
    })
    demo.process.kill('SIGKILL')
    await demo.ended
    const gone = () => processesIn(demo.folder()).length === 0 && !pids.some(isAlive)
    await until(gone, { what: 'processes are left', timeoutMs: PATIENCE_MS })
  },
  LIMIT_MS,
)

const atLeast = (count: number, pids: number[]) => pids.length >= count && pids
