import type { Client } from '@temporalio/client'
import type { NativeConnection } from '@temporalio/worker'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Workers } from '../workers.ts'
import type { ListenAddress } from './address.ts'
import { cached } from './cached.ts'
import { openEndpoint } from './endpoint.ts'
import type { Endpoint } from './listen.ts'
import { healthOf, isReachable } from './health.ts'
import { lookAtPairs } from './look-at-pairs.ts'
import { pairMetrics } from './pair-metrics.ts'

/** However often it is scraped, a pair is asked at most this often, ms; with many pairs less. */
const pairsFreshMs = 15_000
const freshMsPerPair = 100

/** Prometheus gives up after 10 s by default: before that it gets what was seen last. */
const scrapePatienceMs = 7_000

/** Load balancers ask every second, several of them. */
const reachableFresh = { freshMs: 2_000, patienceMs: 5_000 }

export interface Watched {
  client: Client
  connection: NativeConnection
  /** Names of the pairs as the worker found them at its start. */
  pairs: string[]
  workers: () => Workers | undefined
}

/** The worker's HTTP endpoint: health, and metrics of the process and of the pairs. */
export function openWatched(where: ListenAddress, { client, connection, pairs, workers }: Watched): Promise<Endpoint> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const write = pairMetrics(registry)
  const now = () => performance.now()
  const views = cached(() => lookAtPairs(client, pairs), {
    freshMs: Math.max(pairsFreshMs, pairs.length * freshMsPerPair),
    patienceMs: scrapePatienceMs,
    now,
  })
  const reachable = cached(() => isReachable(connection), { ...reachableFresh, now })
  return openEndpoint(where, {
    health: async () => healthOf(workers(), (await reachable()) ?? false),
    metrics: {
      contentType: registry.contentType,
      async text() {
        write((await views()) ?? [])
        return registry.metrics()
      },
    },
  })
}
