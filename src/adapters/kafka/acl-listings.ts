import { describeAclsV2 } from '@platformatic/kafka'
import kafkajs, { type AclResourceTypes as AclResourceTypeCode } from 'kafkajs'
import type { AclEntry } from '../../contract/dossier.ts'
import { missingAcls } from '../../domain/fence.ts'
import { unreachable } from '../../ports/failures.ts'
import { fromWire } from './acl-words.ts'
import { kafkaErrorName } from './failures.ts'
import { readMetadata } from './metadata.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const anyEntry = {
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
  resourceName: null,
  principal: null,
  host: null,
}

/** Entries on resources of this type, as one broker lists them, or any that answers (null). */
export async function listedBy(
  connections: BrokerConnections,
  broker: BrokerAddress | null,
  resourceType: AclResourceTypeCode,
  signal: AbortSignal | undefined,
): Promise<AclEntry[]> {
  const { resources } = await connections.call(broker, describeAclsV2.api, [{ ...anyEntry, resourceType }], signal)
  return resources.flatMap(({ acls, ...resource }) => acls.flatMap((acl) => fromWire({ ...resource, ...acl }) ?? []))
}

/**
 * Entries as each broker lists them, by its id: a broker applies a change when its metadata has come so far, some milliseconds after
 * the answer, and seconds after it where a controller was just lost. One that cannot be reached is left out: what is proven of its
 * partitions is asked of their leaders. Fails where none answers, and where one refuses.
 */
export async function listedByEach(
  connections: BrokerConnections,
  resourceType: AclResourceTypeCode,
  signal: AbortSignal | undefined,
): Promise<Map<number, AclEntry[]>> {
  const { brokers } = await readMetadata(connections, [], signal)
  const found = new Map<number, AclEntry[]>()
  const failures: unknown[] = []
  await Promise.all(
    [...brokers].map(async ([id, broker]) => {
      try {
        found.set(id, await listedBy(connections, broker, resourceType, signal))
      } catch (error) {
        signal?.throwIfAborted()
        if (kafkaErrorName(error) !== undefined) throw error
        failures.push(error)
      }
    }),
  )
  if (found.size === 0) throw failures[0] ?? unreachable('No broker is known that could list its ACLs.')
  return found
}

/** Entries that bear on the topics, as each broker lists them. */
export async function topicAclsOfEach(
  connections: BrokerConnections,
  topics: string[],
  signal: AbortSignal | undefined,
): Promise<AclEntry[][]> {
  const listed = await listedByEach(connections, AclResourceTypes.TOPIC, signal)
  const each = [...listed.values()].map((acls) => acls.filter((acl) => topics.some((topic) => bearsOn(acl, topic))))
  // Where all list the same, it is judged once.
  return [...new Map(each.map((acls) => [JSON.stringify(acls), acls])).values()]
}

/** What each broker lists of several kinds of resources. */
export function ofBrokers(ofTypes: readonly Map<number, AclEntry[]>[]): AclEntry[][] {
  const brokers = new Set(ofTypes.flatMap((listed) => [...listed.keys()]))
  return [...brokers].map((broker) => ofTypes.flatMap((listed) => listed.get(broker) ?? []))
}

/** Of these entries, those that some broker does not list (`present`), or that some broker still lists. */
export function notYetEverywhere(acls: AclEntry[], listings: readonly AclEntry[][], present: boolean): AclEntry[] {
  const missing = listings.map((listed) => missingAcls(listed, acls))
  return acls.filter((acl) => missing.some((ofBroker) => ofBroker.includes(acl) === present))
}

export function bearsOn(acl: AclEntry, topic: string): boolean {
  if (acl.pattern === 'prefixed') return topic.startsWith(acl.name)
  return acl.name === topic || acl.name === '*'
}
