import type { AclEntry } from '../../contract/dossier.ts'

/** The same entry in the broker's eyes. */
export function sameAcl(a: AclEntry, b: AclEntry): boolean {
  return aclKey(a) === aclKey(b)
}

/** An entry of a fence, for a person: on every host, and by its name alone. */
export function entryInWords({ permission, operation, principal, name }: AclEntry): string {
  return `${permission} ${operation} of ${principal} on ${name}`
}

/** What a principal may do with a topic, as ACLs call it. */
export type TopicOperation = 'Write' | 'Read' | 'Alter' | 'Delete'

/** Equal for entries that are the same in the broker's eyes. */
export function aclKey({ resource, name, pattern, principal, host, operation, permission }: AclEntry): string {
  return JSON.stringify([resource, name, pattern, principal, host, operation.toLowerCase(), permission])
}

export function missingAcls(existing: readonly AclEntry[], wanted: readonly AclEntry[]): AclEntry[] {
  const known = new Set(existing.map(aclKey))
  return wanted.filter((acl) => !known.has(aclKey(acl)))
}

/**
 * What the ACLs allow a principal on topics, from at least one host: deny beats allow, `All` covers every operation,
 * `User:*` every principal, the literal name `*` every topic. Without a matching entry access is denied. What ACLs do
 * not tell (super users, `allow.everyone.if.no.acl.found`) is not known here: prefer asking as the principal.
 */
export function derivedAccess(
  acls: readonly AclEntry[],
  principal: string,
  operation: TopicOperation,
  topics: string[],
): { allowed: string[]; denied: string[] } {
  return derived(acls, { resource: 'topic', principal, operation, names: topics })
}

/** The same for reading as a group: joining it and committing. */
export function derivedGroupAccess(
  acls: readonly AclEntry[],
  principal: string,
  groups: string[],
): { allowed: string[]; denied: string[] } {
  return derived(acls, { resource: 'group', principal, operation: 'Read', names: groups })
}

function derived(
  acls: readonly AclEntry[],
  asked: { resource: AclEntry['resource']; principal: string; operation: string; names: string[] },
): { allowed: string[]; denied: string[] } {
  const { resource, principal, operation, names } = asked
  const mine = acls.filter(
    (acl) =>
      acl.resource === resource &&
      (acl.principal === principal || acl.principal === 'User:*') &&
      (sameWord(acl.operation, operation) || sameWord(acl.operation, 'All')),
  )
  const may = (name: string) => {
    const here = mine.filter((acl) => covers(acl, name))
    const denies = here.filter((acl) => acl.permission === 'deny')
    return here.some(
      (acl) => acl.permission === 'allow' && !denies.some((deny) => deny.host === '*' || deny.host === acl.host),
    )
  }
  return { allowed: names.filter(may), denied: names.filter((name) => !may(name)) }
}

/** Everything on one resource for everybody: as a topic without ACLs is where the authorizer admits everybody. */
export function givesEverybody(acl: AclEntry): boolean {
  return acl.permission === 'allow' && acl.principal === 'User:*' && acl.host === '*' && sameWord(acl.operation, 'All')
}

/** Those of these topics, or groups, that no entry bears on. */
export function withoutAcl(acls: readonly AclEntry[], resource: AclEntry['resource'], names: string[]): string[] {
  const bears = bearer(acls.filter((acl) => acl.resource === resource))
  return names.filter((name) => !bears(name))
}

/** Gives somebody the operation on some topic. */
export function allowsOnTopics(acl: AclEntry, operation: 'Write' | 'Read'): boolean {
  const given = sameWord(acl.operation, operation) || sameWord(acl.operation, 'All')
  return acl.resource === 'topic' && acl.permission === 'allow' && given
}

/** Does the entry bear on a resource of this name: literal, by its prefix, or for all? */
export function covers(acl: AclEntry, topic: string): boolean {
  if (acl.pattern === 'prefixed') return topic.startsWith(acl.name)
  return acl.name === topic || acl.name === '*'
}

/** Does any of the entries bear on a name? Looked up, since clusters have thousands of both. */
export function bearer(acls: readonly Pick<AclEntry, 'pattern' | 'name'>[]): (name: string) => boolean {
  const literals = new Set(acls.flatMap(({ pattern, name }) => (pattern === 'literal' ? [name] : [])))
  const prefixes = new Set(acls.flatMap(({ pattern, name }) => (pattern === 'prefixed' ? [name] : [])))
  const longest = Math.max(0, ...[...prefixes].map(({ length }) => length))
  if (literals.has('*') || prefixes.has('')) return () => true
  return (name) => {
    if (literals.has(name)) return true
    for (let length = 1; length <= Math.min(name.length, longest); length += 1)
      if (prefixes.has(name.slice(0, length))) return true
    return false
  }
}

/** Clients spell operations differently (`Write`, `WRITE`, `write`). */
function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
