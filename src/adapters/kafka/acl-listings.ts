import { describeAclsV2 } from '@platformatic/kafka'
import kafkajs, { type AclResourceTypes as AclResourceTypeCode } from 'kafkajs'
import type { AclEntry } from '../../contract/dossier.ts'
import { type AclListings, bearingOn, distinct, spreadOf } from '../../domain/fence/acl-listings.ts'
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
 * partitions is asked of their leaders. Fails where none answers, and where one refuses; `lacking`: what one without an authorizer
 * is taken to list.
 */
export async function listedByEach(
  connections: BrokerConnections,
  resourceType: AclResourceTypeCode,
  signal: AbortSignal | undefined,
  lacking?: AclEntry[],
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
        const name = kafkaErrorName(error)
        if (name === 'SECURITY_DISABLED' && lacking !== undefined) found.set(id, lacking)
        else if (name !== undefined) throw error
        else failures.push(error)
      }
    }),
  )
  if (found.size === 0) throw failures[0] ?? unreachable('No broker is known that could list its ACLs.')
  return found
}

/** Of topics, those that bear on these ones (null: all): literal, prefixed and for all topics. Nothing where there is no authorizer. */
export async function topicAcls(
  connections: BrokerConnections,
  topics: string[] | null,
  signal: AbortSignal | undefined,
): Promise<AclListings> {
  const listings = await eachOnce(connections, AclResourceTypes.TOPIC, signal)
  return topics === null ? listings : bearingOn(listings, topics)
}

/** Entries on groups. Nothing where there is no authorizer. */
export function groupAcls(connections: BrokerConnections, signal: AbortSignal | undefined): Promise<AclListings> {
  return eachOnce(connections, AclResourceTypes.GROUP, signal)
}

/** Every entry, of any resource. Nothing where there is no authorizer. */
export function allAcls(connections: BrokerConnections, signal: AbortSignal | undefined): Promise<AclListings> {
  return eachOnce(connections, AclResourceTypes.ANY, signal)
}

async function eachOnce(
  connections: BrokerConnections,
  resourceType: AclResourceTypeCode,
  signal: AbortSignal | undefined,
): Promise<AclListings> {
  return distinct([...(await listedByEach(connections, resourceType, signal, [])).values()])
}

/** What each broker lists of several kinds of resources. */
export function ofBrokers(ofTypes: readonly Map<number, AclEntry[]>[]): AclEntry[][] {
  const brokers = new Set(ofTypes.flatMap((listed) => [...listed.keys()]))
  return [...brokers].map((broker) => ofTypes.flatMap((listed) => listed.get(broker) ?? []))
}

/** Of these entries, those that some broker does not list (`present`), or that some broker still lists. */
export function notYetEverywhere(acls: AclEntry[], listings: readonly AclEntry[][], present: boolean): AclEntry[] {
  const { missing, partly } = spreadOf(listings, acls)
  const left = new Set(present ? [...missing, ...partly] : missing)
  return acls.filter((acl) => left.has(acl) === present)
}
