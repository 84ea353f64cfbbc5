import { describeClusterV0 } from '@platformatic/kafka'
import type { LoginRights } from '../../ports/cluster.ts'
import { operationsOf } from './acl-words.ts'
import { readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'

/** Of the kinds of endpoints. This version of the request has one. */
const BROKERS = 1

/** What the brokers authorize this login to do with the cluster and with these topics: nothing with one that it does not see. */
export async function readRights(
  connections: BrokerConnections,
  topics: string[],
  signal: AbortSignal | undefined,
): Promise<LoginRights> {
  const { clusterAuthorizedOperations } = await connections.call(null, describeClusterV0.api, [true, BROKERS], signal)
  const seen = await readMetadata(connections, topics, signal, { broker: null, operations: true })
  return {
    user: connections.user?.username ?? null,
    clusterId: seen.clusterId,
    cluster: operationsOf(clusterAuthorizedOperations),
    topics: [
      ...[...seen.topics.values()].map(({ topic, operations }): LoginRights['topics'][number] => [
        topic,
        operationsOf(operations),
      ]),
      ...seen.hidden.map((topic): LoginRights['topics'][number] => [topic, []]),
    ],
  }
}
