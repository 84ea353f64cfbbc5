import type { TopicProducers } from '../../contract/observed.ts'
import { bearer } from './acl.ts'
import { type AclListings, allowedSomewhere } from './acl-listings.ts'
import { unlistedWriters } from './writers.ts'

/** A producer that may write although no ACL lets it: no DENY stops such a one, and so no fence. */
export interface ExemptProducer {
  principal: string
  /** Its applications. */
  names: string[]
  topics: string[]
  /** `broker`: the brokers say so. `writes`: it runs there, and somebody writes where no ACL lets anybody. */
  evidence: 'broker' | 'writes'
}

/** What brokers answered as the principal. */
export interface AskedProducer {
  principal: string
  allowed: string[]
  /** Topics that it may alter and delete as well. */
  administers: string[]
}

export interface ProducersSeen {
  acls: AclListings
  /** Are topics without an ACL open to everybody? Null: it is not known. */
  open: boolean | null
  producers: readonly TopicProducers[]
  asked: readonly AskedProducer[]
  applications: readonly { name: string; principal: string; topics: readonly string[]; runs: boolean }[]
  /** ms since 1970. */
  now: number
}

/** So old may a write be: whose right was taken away before that is nobody's sign of being a super user, ms. */
const writtenWithin = 300_000

/**
 * Brokers hide `super.users`, so that only what no ACL explains shows one. Where everybody may use a topic, or somebody may write it
 * by an ACL, nothing is concluded: none here is no proof that there is none.
 */
export function exemptProducers(seen: ProducersSeen): ExemptProducer[] {
  const principals = [...new Set(seen.applications.map(({ principal }) => principal))].toSorted()
  return principals.flatMap((principal) => {
    const own = seen.applications.filter((application) => application.principal === principal)
    const asked = seen.asked.find((one) => one.principal === principal)
    const running = own.filter(({ runs }) => runs)
    const candidates = asked === undefined ? running : own
    const topics = closedTopics(seen, [...new Set(candidates.flatMap((application) => application.topics))])
    const found =
      asked === undefined ? topics.filter((topic) => writtenByNobody(seen, topic)) : beyondAcls(seen, asked, topics)
    if (found.length === 0) return []
    const names = candidates.filter((one) => one.topics.some((topic) => found.includes(topic))).map(({ name }) => name)
    return [{ principal, names, topics: found, evidence: asked === undefined ? 'writes' : 'broker' }]
  })
}

/** The authorizer lets nobody but super users in there without an ACL that does. */
function closedTopics({ acls, open }: ProducersSeen, topics: string[]): string[] {
  const each = acls.map((listing) => bearer(listing.filter(({ resource }) => resource === 'topic')))
  return topics.filter((topic) => open === false || (each.length > 0 && each.every((bears) => bears(topic))))
}

function beyondAcls({ acls }: ProducersSeen, asked: AskedProducer, topics: string[]): string[] {
  const may = (operation: 'Write' | 'Alter' | 'Delete', topic: string) =>
    allowedSomewhere(acls, asked.principal, operation, [topic]).length > 0
  return topics.filter(
    (topic) =>
      (asked.allowed.includes(topic) && !may('Write', topic)) ||
      (asked.administers.includes(topic) && !(may('Alter', topic) && may('Delete', topic))),
  )
}

function writtenByNobody({ acls, producers, now }: ProducersSeen, topic: string): boolean {
  if (unlistedWriters({ acls, topics: [topic], known: [] }).length > 0) return false
  const active = producers.find((one) => one.topic === topic)?.producers ?? []
  return active.some(([, , , , at]) => Math.abs(now - at) <= writtenWithin)
}
