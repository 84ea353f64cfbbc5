import { Connection, type API } from '@platformatic/kafka'
import type { ClusterConfig, SaslConfig } from '../../../config/schema.ts'
import { abortable } from './abort.ts'
import { guardAnswers } from './guarded-socket.ts'
import { readLogin, tlsOptions } from './security.ts'

export interface BrokerAddress {
  host: string
  port: number
}

/**
 * Connections to the brokers of one cluster as one user: opened when needed, kept, one a broker. A call fails with the
 * library's error (see `failureOf`); nothing is retried but a call that met a connection which had died unnoticed.
 */
export class BrokerConnections {
  readonly alias: string
  readonly user: SaslConfig | undefined
  readonly #config: ClusterConfig
  readonly #open = new Map<string, Connection>()
  readonly #dialled = new Map<string, Promise<Connection>>()
  /** Where a broker answered once: tried beside the bootstrap addresses. */
  readonly #known = new Set<string>()
  /** Closed by us because a request had no answer: others on it have waited as well and are not sent again. */
  readonly #givenUp = new WeakSet<Connection>()
  #closed = false

  constructor(alias: string, config: ClusterConfig, user: SaslConfig | undefined) {
    this.alias = alias
    this.user = user
    this.#config = config
  }

  /** Asks one broker, or any that answers (null). */
  async call<A extends unknown[], R>(
    broker: BrokerAddress | null,
    api: API<A, R>,
    args: A,
    signal?: AbortSignal,
  ): Promise<R> {
    const kept = this.#kept(broker)
    if (kept !== undefined) {
      try {
        return await this.#send(kept, api, args, signal)
      } catch (error) {
        // Its broker was restarted, or closed it as idle: every request sent here may be sent twice.
        if (!isClosed(error) || this.#givenUp.has(kept)) throw error
      }
    }
    const connection = await abortable(broker === null ? this.#dialAny() : this.#dial(key(broker)), signal)
    return await this.#send(connection, api, args, signal)
  }

  /** `host:port` of a broker that there is a connection to. */
  async reachable(signal?: AbortSignal): Promise<string> {
    const connection = this.#kept(null) ?? (await abortable(this.#dialAny(), signal))
    return `${connection.host}:${connection.port}`
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#dialled.values())
    await Promise.all([...this.#open.values()].map((connection) => connection.close()))
  }

  async #send<A extends unknown[], R>(connection: Connection, api: API<A, R>, args: A, signal?: AbortSignal) {
    const answer = api.async(connection, ...args).catch((error: unknown) => {
      // The library cannot read on after a request that was given up: the late answer would stay in its way.
      if (isTimeout(error)) {
        this.#givenUp.add(connection)
        connection.socket.destroy()
      }
      throw error
    })
    return await abortable(answer, signal)
  }

  #kept(broker: BrokerAddress | null): Connection | undefined {
    return broker === null ? this.#open.values().next().value : this.#open.get(key(broker))
  }

  /** All at once: a bootstrap list with dead members must not cost their timeouts one after the other. */
  #dialAny(): Promise<Connection> {
    const addresses = new Set([...this.#config.bootstrap, ...this.#known])
    return Promise.any([...addresses].map((address) => this.#dial(address)))
  }

  #dial(address: string): Promise<Connection> {
    const already = this.#dialled.get(address)
    if (already !== undefined) return already
    const dialled = this.#connect(address).finally(() => this.#dialled.delete(address))
    this.#dialled.set(address, dialled)
    return dialled
  }

  async #connect(address: string): Promise<Connection> {
    if (this.#closed) throw new Error(`the client of cluster ${this.alias} is closed`)
    const { timeoutMs } = this.#config
    const colon = address.lastIndexOf(':')
    // As addresses of IPv6 are written where a port follows.
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
    const tls = tlsOptions(this.alias, this.#config.tls, host)
    const connection = new Connection('switchback', {
      connectTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      ...(tls === undefined ? {} : { tls }),
      ...(this.user === undefined ? {} : { sasl: readLogin(this.alias, this.user) }),
    })
    // Failures reach whoever asked; an 'error' event without a listener would end the process.
    connection.on('error', () => undefined)
    const connected = connection.connect(host, Number(address.slice(colon + 1)))
    // Before anything can have come.
    guardAnswers(connection.socket)
    await connected
    this.#known.add(address)
    this.#open.set(address, connection)
    connection.once('close', () => {
      if (this.#open.get(address) === connection) this.#open.delete(address)
    })
    return connection
  }
}

function key({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Connection closed')
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Request timed out'
}
