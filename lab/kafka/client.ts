import { readFileSync } from 'node:fs'
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

/** Where a cluster is: its brokers, separated by commas, and with TLS the authority that they are believed by. */
export type Address = { bootstrap: string; caFile?: string | undefined }

/** A quiet client. */
export function kafkaClient(at: string | Address, user: LabUser, options: ClientOptions = {}): Kafka {
  const { bootstrap, caFile } = typeof at === 'string' ? { bootstrap: at, caFile: undefined } : at
  return new kafkajs.Kafka({
    clientId: options.clientId ?? 'switchback-lab',
    brokers: bootstrap.split(','),
    sasl: { mechanism: 'plain', ...user },
    ssl: caFile === undefined ? false : { ca: [readFileSync(caFile, 'utf8')] },
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    authenticationTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: { retries: options.retries ?? 0, initialRetryTime: 100 },
  })
}
