import kafkajs, { type AclEntry as WireAcl } from 'kafkajs'
import type { AclEntry } from '../../contract/dossier.ts'
import { rejected } from '../../ports/failures.ts'

// A CommonJS module whose named exports Node cannot all see.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const resources = new Map<AclEntry['resource'], WireAcl['resourceType']>([
  ['topic', AclResourceTypes.TOPIC],
  ['group', AclResourceTypes.GROUP],
  ['cluster', AclResourceTypes.CLUSTER],
  ['transactionalId', AclResourceTypes.TRANSACTIONAL_ID],
])
const patterns = new Map<AclEntry['pattern'], WireAcl['resourcePatternType']>([
  ['literal', ResourcePatternTypes.LITERAL],
  ['prefixed', ResourcePatternTypes.PREFIXED],
])
const permissions = new Map<AclEntry['permission'], WireAcl['permissionType']>([
  ['allow', AclPermissionTypes.ALLOW],
  ['deny', AclPermissionTypes.DENY],
])
/** As Kafka's own tools spell them. */
const operations = new Map<string, WireAcl['operation']>([
  ['All', AclOperationTypes.ALL],
  ['Read', AclOperationTypes.READ],
  ['Write', AclOperationTypes.WRITE],
  ['Create', AclOperationTypes.CREATE],
  ['Delete', AclOperationTypes.DELETE],
  ['Alter', AclOperationTypes.ALTER],
  ['Describe', AclOperationTypes.DESCRIBE],
  ['ClusterAction', AclOperationTypes.CLUSTER_ACTION],
  ['DescribeConfigs', AclOperationTypes.DESCRIBE_CONFIGS],
  ['AlterConfigs', AclOperationTypes.ALTER_CONFIGS],
  ['IdempotentWrite', AclOperationTypes.IDEMPOTENT_WRITE],
])

export function toWire(acl: AclEntry): WireAcl {
  const operation = operations.get(acl.operation)
  const resourceType = resources.get(acl.resource)
  const resourcePatternType = patterns.get(acl.pattern)
  const permissionType = permissions.get(acl.permission)
  if (!operation || !resourceType || !resourcePatternType || !permissionType) {
    throw rejected(
      `Not an ACL that Switchback can write: ${aclText(acl)}. Operations are ${[...operations.keys()].join(', ')}.`,
    )
  }
  const { principal, host, name: resourceName } = acl
  return { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType }
}

/** An entry as either client library reads it: codes of the protocol. */
type ReadAcl = Omit<WireAcl, 'resourceType' | 'resourcePatternType' | 'operation' | 'permissionType'> & {
  resourceType: number
  resourcePatternType: number
  operation: number
  permissionType: number
}

/** Undefined for what this product has no word for (delegation tokens, later operations). */
export function fromWire(acl: ReadAcl): AclEntry | undefined {
  const resource = wordOf(resources, acl.resourceType)
  const pattern = wordOf(patterns, acl.resourcePatternType)
  const permission = wordOf(permissions, acl.permissionType)
  const operation = wordOf(operations, acl.operation)
  if (!resource || !pattern || !permission || !operation) return undefined
  return { resource, name: acl.resourceName, pattern, principal: acl.principal, host: acl.host, operation, permission }
}

/** "DENY Write on topic accounting. (prefixed) for User:x from *" */
export function aclText({ permission, operation, resource, name, pattern, principal, host }: AclEntry): string {
  return `${permission.toUpperCase()} ${operation} on ${resource} ${name} (${pattern}) for ${principal} from ${host}`
}

/** Those of a field of authorized operations: bit n is the operation with code n. */
export function operationsOf(authorized: number): string[] {
  return [...operations].flatMap(([word, code]) => ((authorized & (1 << code)) === 0 ? [] : [word]))
}

function wordOf<W>(words: Map<W, number>, code: number): W | undefined {
  return [...words].find(([, value]) => value === code)?.[0]
}
