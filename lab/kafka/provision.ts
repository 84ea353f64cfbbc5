import kafkajs, {
  type AclEntry,
  type AclOperationTypes as AclOperation,
  type AclResourceTypes as AclResource,
} from 'kafkajs'
import type { LabApplication, LabTopic } from '../options.ts'
import { kafkaClient } from './client.ts'
import { admin } from './users.ts'

// A CommonJS module whose named exports Node cannot all see.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** Repetitions of a request that a starting broker on a busy machine did not answer in time. */
const PATIENCE = 8

/** Creates the local topics and lets the applications in. Only the applications need ACLs: admin and mirror are super users. */
export async function provision(
  bootstrap: string,
  topics: readonly LabTopic[],
  applications: readonly LabApplication[],
): Promise<void> {
  const client = kafkaClient(bootstrap, admin, { retries: PATIENCE }).admin()
  await client.connect()
  try {
    await client.createTopics({
      topics: topics.map(({ name, partitions }) => ({ topic: name, numPartitions: partitions, replicationFactor: 1 })),
    })
    await client.createAcls({ acl: applicationAcls(topics, applications) })
  } finally {
    await client.disconnect()
  }
}

/** "accounting." for accounting.invoices: it covers the remote copies as well, which begin the same way. */
function prefixOf(topic: string): string {
  return topic.includes('.') ? topic.slice(0, topic.indexOf('.') + 1) : topic
}

function applicationAcls(topics: readonly LabTopic[], applications: readonly LabApplication[]): AclEntry[] {
  const prefixes = new Set(topics.map((topic) => prefixOf(topic.name)))
  const principals = (kind: LabApplication['kind'], standard: string) =>
    new Set([standard, ...applications.filter((app) => app.kind === kind).map((app) => app.principal)])
  const groups = new Set(applications.flatMap((app) => (app.group === undefined ? [] : [app.group])))

  const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes
  const entries: AclEntry[] = []
  for (const producer of principals('producer', 'producer-app')) {
    for (const prefix of prefixes) entries.push(allow(producer, AclOperationTypes.WRITE, TOPIC, prefix))
    entries.push(allow(producer, AclOperationTypes.WRITE, TRANSACTIONAL_ID, 'app-'))
  }
  for (const consumer of principals('consumer', 'consumer-app')) {
    for (const prefix of prefixes) entries.push(allow(consumer, AclOperationTypes.READ, TOPIC, prefix))
    for (const group of groups) entries.push(allow(consumer, AclOperationTypes.READ, GROUP, group))
  }
  return entries
}

function allow(user: string, operation: AclOperation, resourceType: AclResource, resourceName: string): AclEntry {
  return {
    principal: `User:${user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
  }
}
