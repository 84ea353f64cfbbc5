import { allowsOnTopics } from './acl.ts'
import { type AclListings, allowedSomewhere, listedSomewhere } from './acl-listings.ts'

/** A principal that may write topics of a pair although no application of the pair has it. */
export interface UnlistedWriter {
  principal: string
  topics: string[]
}

/**
 * Who may write the topics by the ACLs of some broker, besides the principals known. `User:*` stands for everybody. Super users
 * and `allow.everyone.if.no.acl.found` are in no ACL, so this finds writers, and never proves that there are none.
 */
export function unlistedWriters(x: {
  acls: AclListings
  topics: string[]
  /** Principals of the pair's applications, of our own logins, and those declared as known. */
  known: readonly string[]
}): UnlistedWriter[] {
  const known = new Set(x.known)
  const candidates = new Set(
    listedSomewhere(x.acls)
      .filter((acl) => allowsOnTopics(acl, 'Write') && !known.has(acl.principal))
      .map(({ principal }) => principal),
  )
  return [...candidates]
    .map((principal) => ({ principal, topics: allowedSomewhere(x.acls, principal, 'Write', x.topics) }))
    .filter(({ topics }) => topics.length > 0)
    .toSorted((a, b) => (a.principal < b.principal ? -1 : 1))
}

/** What is known of the applications of a pair, for one move. */
export interface KnownApplication {
  kind: 'producer' | 'consumer' | 'streams' | 'connect'
  principal?: string | undefined
  topics: readonly string[]
}

/**
 * Principals that are no surprise on the topics of a move: those of its applications, and of the pair's other applications
 * unless they touch the topics: such a one was listed after the plan was made, and the run would not stop it.
 */
export function knownPrincipals(x: {
  topics: readonly string[]
  planned: readonly KnownApplication[]
  configured: readonly KnownApplication[]
}): string[] {
  const moved = new Set(x.topics)
  const others = x.configured.filter(({ topics }) => !topics.some((topic) => moved.has(topic)))
  return [...new Set([...x.planned, ...others].flatMap(({ principal }) => principal ?? []))]
}

/** Topics that no application of the move is a producer of: whoever writes there is not listed. */
export function topicsWithoutProducer(topics: readonly string[], planned: readonly KnownApplication[]): string[] {
  const written = new Set(planned.filter(({ kind }) => kind === 'producer').flatMap((app) => app.topics))
  return topics.filter((topic) => !written.has(topic))
}
