import kafkajs, { type Admin, type SASLOptions } from 'kafkajs'
import type { ClusterConfig } from '../../config/schema.ts'
import type { BrokerConnections } from './net/connections.ts'
import { readLogin, tlsOptions } from './net/security.ts'

/** kafkajs's administrator of one cluster: connected when first needed, kept until a call fails or it is closed. */
export class AdminClient {
  readonly #config: ClusterConfig
  readonly #connections: BrokerConnections
  #connected: Promise<Admin> | undefined

  /** `connections` of the same user tell which broker answers: kafkajs would try dead ones again and again. */
  constructor(config: ClusterConfig, connections: BrokerConnections) {
    this.#config = config
    this.#connections = connections
  }

  async use<T>(work: (admin: Admin) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const address = await this.#connections.reachable(signal)
    this.#connected ??= this.#connect(address)
    const connected = this.#connected
    try {
      return await work(await connected)
    } catch (error) {
      // Whatever it was, the next call starts with a fresh connection and a fresh reading of the secret.
      if (this.#connected === connected) this.#connected = undefined
      await disconnect(connected)
      throw error
    }
  }

  async close(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await disconnect(connected)
  }

  async #connect(address: string): Promise<Admin> {
    const { timeoutMs, tls, sasl } = this.#config
    const { alias } = this.#connections
    const client = new kafkajs.Kafka({
      clientId: 'switchback',
      brokers: [address],
      ssl: tlsOptions(alias, tls) ?? false,
      ...(sasl === undefined ? {} : { sasl: saslOptions(alias, sasl) }),
      // Every failure is thrown as well; what kafkajs would print is not for the worker's log.
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: timeoutMs,
      authenticationTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      retry: { retries: 1, initialRetryTime: 100, maxRetryTime: 200 },
    })
    const admin = client.admin()
    await admin.connect()
    return admin
  }
}

function saslOptions(alias: string, sasl: NonNullable<ClusterConfig['sasl']>): SASLOptions {
  const { mechanism, username, password } = readLogin(alias, sasl)
  if (mechanism === 'PLAIN') return { mechanism: 'plain', username, password }
  return { mechanism: mechanism === 'SCRAM-SHA-256' ? 'scram-sha-256' : 'scram-sha-512', username, password }
}

async function disconnect(connected: Promise<Admin> | undefined): Promise<void> {
  const [admin] = await Promise.allSettled([connected])
  if (admin.status === 'fulfilled') await admin.value?.disconnect()
}
