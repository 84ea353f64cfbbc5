import { readFileSync } from 'node:fs'
import { Admin, ClientQuotaEntityTypes, ClientQuotaKeys } from '@platformatic/kafka'
import type { LabCluster } from '../../lab/kafka/cluster.ts'

/** Bytes a second: next to nothing, so that the first batch after it is the last for minutes. */
const A_TRICKLE = 1

/**
 * Narrows the network out of `cluster` for one client of it, by a quota of the broker, or gives it all of it back. Quotas outlive a broker's
 * restart. The client notices nothing but slowness: a degraded network, not a failure.
 */
export async function setBandwidth(cluster: LabCluster, clientId: string, width: 'trickle' | 'full'): Promise<void> {
  const { bootstrap, caFile, admin: user } = cluster
  const admin = new Admin({
    clientId: 'demo',
    bootstrapBrokers: bootstrap.split(','),
    sasl: { mechanism: 'PLAIN', ...user },
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile) } }),
  })
  const key = ClientQuotaKeys.CONSUMER_BYTE_RATE
  const ops = width === 'full' ? [{ key, remove: true as const }] : [{ key, value: A_TRICKLE, remove: false as const }]
  try {
    const entities = [{ entityType: ClientQuotaEntityTypes.CLIENT_ID, entityName: clientId }]
    await admin.alterClientQuotas({ entries: [{ entities, ops }] })
  } finally {
    await admin.close()
  }
}
