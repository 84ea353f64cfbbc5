import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Ports } from '../../../src/ports/ports.ts'
import { answerCalls, type PortCall } from './ports-over-ipc.ts'

export type World = { ports: Ports; config: object }

/** A worker as a process of its own, over a world in this one. */
export class RegionWorker {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Launched at once; `seen` is told each call of a port. Resolves when it takes up work. */
  static async start(address: string, { ports, config }: World, seen: (call: PortCall) => void = () => undefined) {
    const child = fork(new URL('worker.ts', import.meta.url), [address], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    })
    // Of 500 pairs it is too long for an argument.
    child.send(config)
    answerCalls(child, ports, seen)
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the worker ended with ${code} before it was ready`)))
      child.on('message', (message) => message === 'ready' && resolve())
    })
    return new RegionWorker(child)
  }

  /** Peak resident memory so far, MB. */
  get peakMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
