import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka'
import type { AclEntry } from '../../contract/dossier.ts'
import { givesEverybody, withoutAcl } from '../../domain/fence/acl.ts'
import { type AclListings, allowedSomewhere, listedSomewhere } from '../../domain/fence/acl-listings.ts'
import { readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'

/** A setting of Kafka's own authorizers (`StandardAuthorizer`, `AclAuthorizer`); false where it is not set. */
const SETTING = 'allow.everyone.if.no.acl.found'
/** Bit of the authorized operations. */
const READ = 1 << 3

export interface OpennessQuestion {
  /** Topics that no ACL bears on. */
  topics: string[]
  /** Every ACL of the cluster that can be read, by each broker. */
  acls: () => Promise<AclListings>
  timeoutMs: number
  signal: AbortSignal | undefined
}

/**
 * May everybody use a topic that no ACL bears on? By the brokers' settings; Kafka 4.3 lists this one and hides its value, since it
 * has no type for it (`KafkaConfig.maybeSensitive`). Then by what our own login may do there: nothing, and the topic is closed.
 * Something, and it is open, unless we are super users: we are none where an ACL keeps us from another topic; and where no ACL
 * admits anybody by name, the cluster serves its clients without any. Null: it cannot be told.
 */
export async function allowsWithoutAcl(
  connections: BrokerConnections,
  { topics, acls, timeoutMs, signal }: OpennessQuestion,
): Promise<boolean | null> {
  return overElections(timeoutMs, signal, async () => {
    const setting = await bySettings(connections, signal)
    if (setting !== 'hidden') return setting
    const listings = await acls()
    // What one broker lists is no topic without an ACL, and no cluster without any.
    const entries = listedSomewhere(listings)
    const asked = await topicsToAsk(connections, topics, entries, signal)
    if (asked.length > 0 && !(await mayReadAll(connections, asked, signal))) return false
    const admitting = entries.filter((acl) => acl.permission === 'allow' && !givesEverybody(acl))
    if (admitting.length === 0) return true
    // Without a topic to ask for, being let in tells nothing.
    if (asked.length === 0) return null
    return (await keptFromSomething(connections, listings, signal)) ? true : null
  })
}

/** Each broker's own settings are asked, and they have to agree. */
async function bySettings(
  connections: BrokerConnections,
  signal: AbortSignal | undefined,
): Promise<boolean | 'hidden'> {
  const { brokers } = await readMetadata(connections, [], signal)
  const answers = await Promise.all(
    [...brokers].map(async ([id, address]) => {
      const resource = { resourceType: ConfigResourceTypes.BROKER, resourceName: String(id), configurationKeys: null }
      const answer = await connections
        .call(address, describeConfigsV4.api, [[resource], false, false], signal)
        // Whoever may not read the settings of brokers is in no other position than where they are hidden.
        .catch((error: unknown) => (signal?.aborted ? Promise.reject(error as Error) : null))
      const row = answer?.results[0]
      if (row === undefined || row.errorCode !== 0 || row.configs.length === 0) return 'hidden'
      const setting = row.configs.find(({ name }) => name === SETTING)
      if (setting === undefined) return false
      return setting.value == null ? 'hidden' : setting.value.trim().toLowerCase() === 'true'
    }),
  )
  const [first = 'hidden'] = answers
  return answers.every((answer) => answer === first) ? first : 'hidden'
}

/** A fence that was cut off may have left its DENY on them: then others that no entry bears on tell the same. */
async function topicsToAsk(
  connections: BrokerConnections,
  topics: string[],
  entries: AclEntry[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const without = withoutAcl(entries, 'topic', topics)
  if (without.length > 0 || topics.length === 0) return without
  const { topics: all } = await readMetadata(connections, null, signal)
  const names = [...all.values()].flatMap(({ topic, internal }) => (internal ? [] : [topic]))
  return withoutAcl(entries, 'topic', names).slice(0, 20)
}

async function mayReadAll(
  connections: BrokerConnections,
  topics: string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const seen = await readMetadata(connections, topics, signal, { broker: null, operations: true })
  return seen.hidden.length === 0 && [...seen.topics.values()].every(({ operations }) => (operations & READ) !== 0)
}

/** A topic whose ACLs do not let us read it, and that the brokers do not let us read: so we are no super user. */
async function keptFromSomething(
  connections: BrokerConnections,
  listings: AclListings,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const us = connections.user === undefined ? undefined : `User:${connections.user.username}`
  if (us === undefined) return false
  const named = listedSomewhere(listings).flatMap(({ resource, pattern, name }) =>
    resource === 'topic' && pattern === 'literal' && name !== '*' ? [name] : [],
  )
  // Each has entries of its own, so that no rule for topics without any lets us in.
  const without = new Set(listings.flatMap((acls) => withoutAcl(acls, 'topic', named)))
  const names = [...new Set(named)].filter((name) => !without.has(name))
  const allowed = new Set(allowedSomewhere(listings, us, 'Read', names))
  const denied = names.filter((name) => !allowed.has(name))
  if (denied.length === 0) return false
  return !(await mayReadAll(connections, denied.slice(0, 20), signal))
}
