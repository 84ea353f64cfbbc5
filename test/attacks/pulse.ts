import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const MB = 1024 * 1024

/** Asks a worker's page again and again how it is: what holds its event loop up, fills it or ends it is seen here. */
export class Pulse {
  /** The longest answer, ms. */
  slowest = 0
  /** Questions that were not answered well. */
  missed = 0
  answered = 0
  /** Bytes that the worker had more than at the first look. */
  grown = 0
  #over = false
  readonly #first: number
  readonly #url: string
  readonly #pid: () => number | undefined
  readonly #beating: Promise<void>

  constructor(url: string, pid: () => number | undefined) {
    this.#url = url
    this.#pid = pid
    this.#first = resident(pid())
    this.#beating = this.#beat()
  }

  get grownMb(): number {
    return Math.round(this.grown / MB)
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#beating
  }

  async #beat(): Promise<void> {
    while (!this.#over) {
      const began = performance.now()
      try {
        const answer = await fetch(`${this.#url}/healthz`, { signal: AbortSignal.timeout(60_000) })
        if (answer.ok) this.answered += 1
        else this.missed += 1
        await answer.arrayBuffer()
      } catch {
        this.missed += 1
      }
      this.slowest = Math.max(this.slowest, performance.now() - began)
      this.grown = Math.max(this.grown, resident(this.#pid()) - this.#first)
      await sleep(100)
    }
  }
}

/** Bytes of a process in memory; 0 when it is gone. */
function resident(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) * 1024
  } catch {
    return 0
  }
}
