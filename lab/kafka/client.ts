import kafkajs, { type Kafka } from 'kafkajs'
import type { LabUser } from './users.ts'

/** Milliseconds. A broker that is down refuses at once; these are for one that is paused, or a machine that is busy. */
const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000

export type ClientOptions = {
  clientId?: string
  /** Repetitions after a passing failure. Default: none, whoever calls decides what to do again. */
  retries?: number
}

/** A quiet client. */
export function kafkaClient(bootstrap: string, user: LabUser, options: ClientOptions = {}): Kafka {
  return new kafkajs.Kafka({
    clientId: options.clientId ?? 'switchback-lab',
    brokers: [bootstrap],
    sasl: { mechanism: 'plain', ...user },
    ssl: false,
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    authenticationTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: options.retries ?? 0, initialRetryTime: 100 },
  })
}
