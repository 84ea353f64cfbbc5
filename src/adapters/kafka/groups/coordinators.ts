import { apiVersionsV3, findCoordinatorV4 } from '@platformatic/kafka'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'

export interface Coordinator {
  broker: BrokerAddress
  groups: string[]
}

const GROUP = 0
const TRANSACTION = 1

/** The broker that keeps the transactions of this id. */
export async function findTransactionCoordinator(
  connections: BrokerConnections,
  transactionalId: string,
  signal: AbortSignal | undefined,
): Promise<BrokerAddress> {
  const call = connections.call(null, findCoordinatorV4.api, [TRANSACTION, [transactionalId]], signal)
  const [found] = (await withRowErrors(call)).coordinators
  expectSuccess(found?.errorCode ?? COORDINATOR_NOT_AVAILABLE, `transactional id ${transactionalId}`)
  const { host, port } = found as NonNullable<typeof found>
  return { host, port }
}

const COORDINATOR_NOT_AVAILABLE = 15

/** The broker that keeps each group; one request for all. */
export async function findCoordinators(
  connections: BrokerConnections,
  groups: string[],
  signal: AbortSignal | undefined,
): Promise<Coordinator[]> {
  if (groups.length === 0) return []
  const call = connections.call(null, findCoordinatorV4.api, [GROUP, [...new Set(groups)]], signal)
  const { coordinators } = await withRowErrors(call)
  const byNode = new Map<number, Coordinator>()
  for (const { key, nodeId, host, port, errorCode } of coordinators) {
    expectSuccess(errorCode, `group ${key}`)
    const coordinator = byNode.get(nodeId) ?? { broker: { host, port }, groups: [] }
    byNode.set(nodeId, coordinator)
    coordinator.groups.push(key)
  }
  return [...byNode.values()]
}

/** The newest version of a request the broker knows; undefined when it does not know the request. */
export async function newestVersion(
  connections: BrokerConnections,
  broker: BrokerAddress,
  apiKey: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { apiKeys } = await connections.call(broker, apiVersionsV3.api, ['switchback', '1'], signal)
  return apiKeys.find((api) => api.apiKey === apiKey)?.maxVersion
}
