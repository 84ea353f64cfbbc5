import type { AclEntry } from '../../contract/dossier.ts'
import { aclKey, covers, derivedAccess, missingAcls, type TopicOperation } from './acl.ts'

/**
 * ACLs as each broker that answers lists them, one listing at least; equal ones once. A broker learns of a change some milliseconds
 * after it was answered, and seconds after it where a controller was just lost: what one lists is not what all enforce.
 */
export type AclListings = readonly (readonly AclEntry[])[]

/** What some broker lists: whatever may be left of ours, or bear on a topic, is in it. */
export function listedSomewhere(listings: AclListings): AclEntry[] {
  return [...new Map(listings.flatMap((acls) => acls.map((acl) => [aclKey(acl), acl] as const))).values()]
}

/** Entries that bear on these topics: literal, prefixed and for all topics. Where all brokers list the same, it is judged once. */
export function bearingOn(listings: AclListings, topics: readonly string[]): AclListings {
  const names = new Set(topics)
  const bears = (acl: AclEntry) =>
    acl.resource === 'topic' &&
    (acl.pattern === 'literal' && acl.name !== '*' ? names.has(acl.name) : topics.some((topic) => covers(acl, topic)))
  return distinct(listings.map((acls) => acls.filter(bears)))
}

/** Each broker lists them in its own order. */
export function distinct(listings: AclListings): AclListings {
  return [...new Map(listings.map((acls) => [acls.map(aclKey).toSorted().join(), acls])).values()]
}

export interface AclSpread {
  /** No broker lists them. */
  missing: AclEntry[]
  /** Some brokers list them, others do not. */
  partly: AclEntry[]
}

/** What is not on every broker. Without a listing nothing is known to be there. */
export function spreadOf(listings: AclListings, wanted: readonly AclEntry[]): AclSpread {
  const lackingEach = listings.map((acls) => new Set(missingAcls(acls, wanted)))
  const lacked = wanted.filter((acl) => listings.length === 0 || lackingEach.some((lacking) => lacking.has(acl)))
  const everywhere = (acl: AclEntry) => lackingEach.every((lacking) => lacking.has(acl))
  return { missing: lacked.filter(everywhere), partly: lacked.filter((acl) => !everywhere(acl)) }
}

/** The topics that some broker lets the principal use, by its own listing. */
export function allowedSomewhere(
  listings: AclListings,
  principal: string,
  operation: TopicOperation,
  topics: string[],
): string[] {
  const allowed = new Set(listings.flatMap((acls) => derivedAccess(acls, principal, operation, topics).allowed))
  return topics.filter((topic) => allowed.has(topic))
}
