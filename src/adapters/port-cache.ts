import { createHash } from 'node:crypto'

/** A replaced adapter is closed so late that the calls it is in the middle of come to their end or their time-out. */
const closeAfterMs = 30_000

/** Adapters by name. One is made anew as soon as its configuration entry differs from the one it was made from. */
export class PortCache<Port> {
  readonly #entries = new Map<string, { fingerprint: string; port: Port }>()
  readonly #leaving = new Map<Port, NodeJS.Timeout>()
  readonly #closings: Promise<void>[] = []
  readonly #close: (port: Port) => Promise<void>

  constructor(close: (port: Port) => Promise<void>) {
    this.#close = close
  }

  get(name: string, entry: unknown, create: () => Port): Port {
    const fingerprint = createHash('sha256').update(JSON.stringify(entry)).digest('hex')
    const known = this.#entries.get(name)
    if (known?.fingerprint === fingerprint) return known.port
    // Made first: when that fails, the next lookup tries again and the old one stays closed in order.
    const port = create()
    this.#entries.set(name, { fingerprint, port })
    if (known) this.#leave(known.port)
    return port
  }

  /** Closes all, the replaced ones included. Throws what any of them failed with, also those closed before. */
  async closeAll(): Promise<void> {
    for (const [port, timer] of this.#leaving) {
      clearTimeout(timer)
      this.#closings.push(this.#close(port))
    }
    for (const { port } of this.#entries.values()) this.#closings.push(this.#close(port))
    this.#leaving.clear()
    this.#entries.clear()
    const failures = (await Promise.allSettled(this.#closings.splice(0))).flatMap((closing) =>
      closing.status === 'rejected' ? [closing.reason] : [],
    )
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} connections could not be closed`)
  }

  #leave(port: Port): void {
    const timer = setTimeout(() => {
      this.#leaving.delete(port)
      const closing = this.#close(port)
      this.#closings.push(closing)
      // Told by closeAll; until then it must not end the process.
      closing.catch(() => {})
    }, closeAfterMs)
    timer.unref()
    this.#leaving.set(port, timer)
  }
}
