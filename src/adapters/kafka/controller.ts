import { readMetadata } from './metadata.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'

/**
 * Has the controller do it, again while one is elected. Over our own connections: kafkajs reads the metadata of every topic of the
 * cluster before such a request, and fails when any of them is without a leader, also one of others with a single replica.
 */
export function atController<T>(
  connections: BrokerConnections,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  ask: (controller: BrokerAddress | null) => Promise<T>,
): Promise<T> {
  return overElections(timeoutMs, signal, async () => {
    const { controller } = await readMetadata(connections, [], signal)
    return ask(controller)
  })
}
