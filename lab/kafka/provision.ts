import kafkajs, { type AclEntry } from 'kafkajs'
import type { Grant } from '../grounds/grants.ts'
import type { LabTopic } from '../apps/definitions.ts'
import { until } from '../process/wait.ts'
import { kafkaClient, type Address } from './client.ts'
import { createServedTopics } from './create-topics.ts'
import { admin } from './users.ts'

// A CommonJS module whose named exports Node cannot all see.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** Repetitions of a request that a starting broker on a busy machine did not answer in time. */
const PATIENCE = 8

/** Milliseconds until ACLs must be created: kafkajs repeats no creation that was not answered in time. */
const GRANTED_MS = 120_000

/** Creates the local topics and the ACLs of their owner. */
export async function provision(
  at: Address,
  topics: readonly LabTopic[],
  { grants, replicas }: { grants: readonly Grant[]; replicas: number },
): Promise<void> {
  const client = kafkaClient(at, admin, { retries: PATIENCE }).admin()
  await client.connect()
  try {
    await createServedTopics(
      client,
      topics.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions, replicationFactor: replicas })),
    )
    const granted = () => client.createAcls({ acl: grants.map(entry) })
    if (grants.length > 0) await until(granted, { what: 'creating ACLs', timeoutMs: GRANTED_MS })
  } finally {
    await client.disconnect()
  }
}

function entry({ user, operation, resource, name, pattern }: Grant): AclEntry {
  return {
    principal: `User:${user}`,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: AclResourceTypes[resource],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes[pattern],
  }
}
