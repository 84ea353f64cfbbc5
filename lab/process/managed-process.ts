import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Guard } from './guard.ts'
import { until } from './wait.ts'

export type ProcessSpec = {
  /** Shown in messages: "broker A". */
  name: string
  command: string
  args: string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Standard output and error are appended here. */
  logFile: string
  /** Resolves to true when the process serves; asked again and again until then. */
  ready: () => Promise<boolean>
  /** Milliseconds until `ready` must have held. */
  startTimeoutMs: number
  guard: Guard
}

/** How long a clean stop may take before it becomes a kill, in milliseconds: a broker needs about 4 s, with load somewhat more. */
const STOP_TIMEOUT_MS = 20_000

/** A process of the lab: started, stopped, killed and paused by its pid, as often as a test likes. */
export class ManagedProcess {
  readonly spec: ProcessSpec
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(spec: ProcessSpec) {
    this.spec = spec
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  /** Starts it and waits until it serves. Already running: waits only. */
  async start(): Promise<void> {
    this.launch()
    await this.waitUntilReady()
  }

  /** Starts it without waiting. */
  launch(): void {
    if (this.#child) return
    const { command, args, cwd, env, logFile, guard } = this.spec
    const log = openSync(logFile, 'a')
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child = child
    if (child.pid !== undefined) guard.watch(child.pid)
    this.#ended = new Promise((resolve) => {
      const end = () => {
        if (child.pid !== undefined) guard.forget(child.pid)
        if (this.#child === child) this.#child = undefined
        resolve()
      }
      child.once('exit', end)
      child.once('error', end)
    })
  }

  async waitUntilReady(): Promise<void> {
    const { name, ready, startTimeoutMs } = this.spec
    await until(ready, {
      what: `${name} does not serve`,
      timeoutMs: startTimeoutMs,
      giveUp: () => (this.running ? undefined : `it ended; the end of its log:\n${this.logTail()}`),
    })
  }

  /** A clean stop (SIGTERM); a process that does not end in time is killed. A paused one is resumed first, or it could not end. */
  async stop(): Promise<void> {
    const pid = this.pid
    if (pid === undefined) return
    this.#signal('SIGCONT')
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.pid === pid && this.#signal('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#ended
    clearTimeout(timer)
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL')
    await this.#ended
  }

  /** SIGSTOP: its connections stay open and nobody answers. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** The last lines of its log, for messages. */
  logTail(lines: number = 15): string {
    const text = readFileSync(this.spec.logFile, 'utf8').trimEnd()
    return `(${basename(this.spec.logFile)})\n${text.split('\n').slice(-lines).join('\n')}`
  }

  #signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }
}
