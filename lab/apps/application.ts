import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { LabApplication } from './definitions.ts'
import { compiled } from '../process/compiled.ts'
import type { Guard } from '../process/guard.ts'
import { checkout } from '../tools.ts'
import type { ApplicationSpec } from './application-spec.ts'

/** What the host tells of an application; `starts` and `stops` count what really happened, not what was asked. */
export type ApplicationView = {
  name: string
  kind: 'producer' | 'consumer'
  state: 'running' | 'stopped'
  cluster?: string
  topics?: string[]
  group?: string
  pid?: number
  starts: number
  stops: number
  /** Of the last process, when it ended by itself. */
  exit?: string
}

/** Milliseconds. A stop includes the last batch and leaving the group; the application gives itself 8 s for it. */
const STOP_TIMEOUT_MS = 15_000
const START_TIMEOUT_MS = 90_000

/** As what it runs; the group is the one that holds on that cluster. */
type Target = Pick<ApplicationSpec, 'cluster' | 'topics' | 'group'>

/** One sample application: a process at a time, its actions one after the other. */
export class Application {
  readonly #definition: LabApplication
  readonly #logFile: string
  readonly #guard: Guard
  #child: ChildProcess | undefined
  #running: Target | undefined
  /** Up on another cluster, connected, and writing nothing until it is started there. Producers only. */
  #prepared: { child: ChildProcess; target: Target } | undefined
  #exit: string | undefined
  #starts = 0
  #stops = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(definition: LabApplication, folder: string, guard: Guard) {
    this.#definition = definition
    this.#logFile = join(folder, 'logs', `app-${definition.name}.log`)
    this.#guard = guard
  }

  get view(): ApplicationView {
    const { name, kind } = this.#definition
    const group = this.#running?.group ?? this.#definition.group
    return {
      name,
      kind,
      state: this.#child ? 'running' : 'stopped',
      ...(this.#running && this.#child
        ? { cluster: this.#running.cluster, topics: this.#running.topics, pid: this.#child.pid ?? 0 }
        : {}),
      ...(group === undefined ? {} : { group }),
      starts: this.#starts,
      stops: this.#stops,
      ...(this.#exit === undefined ? {} : { exit: this.#exit }),
    }
  }

  /** Already running like this: nothing happens. Running otherwise: it is stopped first. */
  start(spec: ApplicationSpec): Promise<ApplicationView> {
    return this.#inTurn(async () => {
      if (this.#child && this.#running && sameTarget(this.#running, spec)) return
      await this.#end()
      const warm = this.#prepared
      if (warm && sameTarget(warm.target, spec)) return this.#letGo(warm)
      await this.#discard()
      await this.#launch(spec)
    })
  }

  /** Brings it up there, beside one that runs elsewhere. Prepared like this already: nothing happens. */
  prepare(spec: ApplicationSpec): Promise<ApplicationView> {
    return this.#inTurn(async () => {
      if (spec.kind !== 'producer') throw new Error(`${spec.name} cannot be prepared`)
      if (this.#prepared && sameTarget(this.#prepared.target, spec)) return
      await this.#discard()
      const child = await this.#spawn({ ...spec, prepared: true })
      await said(child, spec.name)
      if (child.exitCode === null && child.signalCode === null) this.#prepared = { child, target: targetOf(spec) }
    })
  }

  /** `cluster`: only what runs there, or else is prepared there. Without it: everything. */
  stop(cluster?: string): Promise<ApplicationView> {
    return this.#inTurn(async () => {
      const meant = (at: Target | undefined) => cluster === undefined || at?.cluster === cluster
      const runsThere = this.#child !== undefined && meant(this.#running)
      if (meant(this.#prepared?.target) && (cluster === undefined || !runsThere)) await this.#discard()
      if (runsThere) await this.#end()
    })
  }

  /** SIGKILL, as a crash. */
  kill(): Promise<ApplicationView> {
    return this.#inTurn(async () => {
      await this.#discard()
      await this.#end('SIGKILL')
    })
  }

  #inTurn(action: () => Promise<void>): Promise<ApplicationView> {
    const done = this.#queue.then(action)
    this.#queue = done.catch(() => undefined)
    return done.then(() => this.view)
  }

  async #spawn(spec: ApplicationSpec): Promise<ChildProcess> {
    const entry = await compiled(`lab/apps/${spec.kind}.ts`)
    const log = openSync(this.#logFile, 'a')
    const child = spawn(process.execPath, [entry], {
      cwd: checkout,
      env: { ...process.env, LAB_APPLICATION: JSON.stringify(spec) },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    if (child.pid !== undefined) this.#guard.watch(child.pid)
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) this.#guard.forget(child.pid)
      if (this.#prepared?.child === child) this.#prepared = undefined
      if (this.#child !== child) return
      this.#child = undefined
      this.#exit = `ended by itself with ${code ?? signal}`
    })
    return child
  }

  async #launch(spec: ApplicationSpec): Promise<void> {
    const child = await this.#spawn(spec)
    this.#exit = undefined
    this.#child = child
    this.#running = targetOf(spec)
    await said(child, spec.name)
    this.#starts++
  }

  async #letGo({ child, target }: { child: ChildProcess; target: Target }): Promise<void> {
    this.#prepared = undefined
    this.#exit = undefined
    this.#child = child
    this.#running = target
    const going = said(child, this.#definition.name)
    child.send('go')
    await going
    this.#starts++
  }

  async #discard(): Promise<void> {
    const child = this.#prepared?.child
    if (!child) return
    this.#prepared = undefined
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGKILL')
    await ended
  }

  async #end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    // No longer ours: its exit is not "by itself".
    this.#child = undefined
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(timer)
    this.#stops++
  }
}

function targetOf({ cluster, topics, group }: ApplicationSpec): Target {
  return { cluster, topics, ...(group === undefined ? {} : { group }) }
}

/** Until the process says that it has come so far. */
function said(child: ChildProcess, name: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${name} has not started within ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    )
    child.once('message', () => (clearTimeout(timer), resolve()))
    child.once('exit', (code) => (clearTimeout(timer), reject(new Error(`${name} ended with ${code} at its start`))))
  })
}

function sameTarget(a: Target, b: Target): boolean {
  return a.cluster === b.cluster && a.group === b.group && a.topics.toSorted().join() === b.topics.toSorted().join()
}
