import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compiled } from '../../lab/process/compiled.ts'
import { until } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'

/** The worker as a user starts it, compiled, over clusters that do not answer, in a folder of its own. */
export class WorkerProcess {
  readonly folder: string
  readonly #child: ChildProcess
  #said = ''

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
  }

  /** One pair of the name of the queue, with an application `slow` that tells its state at once, or once it is `released`. */
  static async start(
    address: string,
    queue: string,
    slow: 'at once' | 'released',
    ...args: string[]
  ): Promise<WorkerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'switchback-worker-'))
    await writeFile(join(folder, 'switchback.yaml'), JSON.stringify(configuration(queue, slow)))
    const child = spawn(process.execPath, [await compiled('src/worker.ts'), ...args], {
      cwd: folder,
      // Whatever Temporal this machine knows must not leak into a test.
      env: { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: address, PLANTED: 'hunter2' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return new WorkerProcess(folder, child)
  }

  get said(): string {
    return this.#said
  }

  /** Until it has said so on stderr. */
  async says(text: string): Promise<void> {
    await until(() => this.#said.includes(text), {
      what: `the worker has not said "${text}"`,
      timeoutMs: PATIENCE_MS,
      giveUp: () => (this.#child.exitCode === null ? undefined : this.#said),
    })
  }

  /** Lets the application `slow` tell its state. */
  async release(): Promise<void> {
    await writeFile(join(this.folder, 'released'), '')
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async remove(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exitCode()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function configuration(queue: string, slow: 'at once' | 'released') {
  const cluster = (port: number) => ({
    bootstrap: [`127.0.0.1:${port}`],
    sasl: { mechanism: 'PLAIN', username: 'switchback', password: { env: 'PLANTED' } },
  })
  const link = (from: string, to: string) => ({
    from,
    to,
    connect: { url: 'http://127.0.0.1:1' },
    source: { name: `${from}-${to}` },
    disable: 'self-service',
  })
  const told = `const told = () => fs.existsSync('${slow === 'released' ? 'released' : 'begun'}') ? console.log('{"state":"stopped"}') : fs.existsSync('begun') && setTimeout(told, 20)`
  const slowly = `const fs = require('fs'); fs.writeFileSync('begun', ''); ${told}; told()`
  return {
    temporal: { taskQueue: queue },
    clusters: { A: cluster(1), B: cluster(2) },
    pairs: {
      [queue]: {
        primary: 'A',
        secondary: 'B',
        topics: ['accounting.invoices'],
        applications: [
          {
            name: 'slow',
            kind: 'producer',
            topics: ['accounting.invoices'],
            control: { adapter: 'command', stop: ['true'], start: ['true'], state: [process.execPath, '-e', slowly] },
          },
        ],
        links: [link('A', 'B'), link('B', 'A')],
      },
    },
  }
}
