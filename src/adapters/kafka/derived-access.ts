import { derivedAccess, derivedGroupAccess, withoutAcl } from '../../domain/fence/acl.ts'
import type { AclListings } from '../../domain/fence/acl-listings.ts'
import type { AccessCheck } from '../../ports/cluster.ts'
import { type Access, accessOfAll } from './access.ts'
import { groupAcls, topicAcls } from './acl-listings.ts'
import type { BrokerConnections } from './net/connections.ts'

/** Whether everybody may use what no ACL bears on; null: it cannot be told. Groups are told by none of the topics. */
export type Openness = (topics: string[]) => Promise<boolean | null>

/**
 * What the ACLs let principals do, as each broker lists them: read once for all of them. ACLs tell nothing of what has none: there
 * it is the authorizer's own rule, which is asked for once as well.
 */
export async function derivedAccesses(
  connections: BrokerConnections,
  checks: readonly AccessCheck[],
  opennessOf: Openness,
  signal: AbortSignal | undefined,
): Promise<Access[]> {
  const topics = [...new Set(checks.flatMap(({ of, names }) => (of === 'topic' ? names : [])))]
  const [ofTopics, ofGroups] = await Promise.all([
    topics.length === 0 ? [] : topicAcls(connections, topics, signal),
    checks.some(({ of }) => of === 'group') ? groupAcls(connections, signal) : [],
  ])
  const derived = checks.map((check) =>
    (check.of === 'topic' ? ofTopics : ofGroups).map((acls) => ({ acls, byAcls: byAcls(acls, check) })),
  )
  const without = (resource: AccessCheck['of']) => [
    ...new Set(
      derived.flatMap((listings, index) =>
        checks[index]?.of === resource
          ? listings.flatMap(({ acls, byAcls: { denied } }) => withoutAcl(acls, resource, denied))
          : [],
      ),
    ),
  ]
  const [topicsWithout, groupsWithout] = [without('topic'), without('group')]
  const [topicsOpen, groupsOpen] = await Promise.all([
    topicsWithout.length > 0 && opennessOf(topicsWithout),
    groupsWithout.length > 0 && opennessOf([]),
  ])
  return derived.map((listings, index) => {
    const of = checks[index]?.of ?? 'topic'
    const open = (of === 'topic' ? topicsOpen : groupsOpen) === true
    return accessOfAll(listings.map(({ acls, byAcls: access }) => (open ? opened(access, acls, of) : access)))
  })
}

function byAcls(acls: AclListings[number], { principal, operation, of, names }: AccessCheck): Access {
  return of === 'topic' ? derivedAccess(acls, principal, operation, names) : derivedGroupAccess(acls, principal, names)
}

function opened({ allowed, denied }: Access, acls: AclListings[number], resource: AccessCheck['of']): Access {
  const without = new Set(withoutAcl(acls, resource, denied))
  return { allowed: [...allowed, ...without], denied: denied.filter((name) => !without.has(name)) }
}
