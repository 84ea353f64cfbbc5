import { type AclListings, allowedSomewhere } from '../../domain/fence/acl-listings.ts'
import { rejected } from '../../ports/failures.ts'
import { expectVisible, readMetadata, type ClusterMetadata } from './metadata.ts'
import type { BrokerAddress, BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { BrokerRefusal } from './net/refusal.ts'

export interface AccessQuestion {
  principal: string
  operation: 'Write' | 'Read'
  topics: string[]
}

/** Brokers learn of ACLs one by one: a topic on which they disagree is in both. */
export interface Access {
  /** Some broker allows it. */
  allowed: string[]
  /** Some broker denies it. */
  denied: string[]
}

/** As all of them say: none where nobody was asked. */
export function accessOfAll(answers: readonly Access[]): Access {
  return {
    allowed: [...new Set(answers.flatMap(({ allowed }) => allowed))],
    denied: [...new Set(answers.flatMap(({ denied }) => denied))],
  }
}

export interface AskedAccess extends Access {
  /** Which broker was asked for each partition. */
  leaders: [topic: string, partition: number, broker: number][]
  /** Topics that some leader lets the principal alter and delete. */
  administers: string[]
}

/** Bits of the authorized operations: 1 << the operation's code. */
const bits = { Read: 1 << 3, Write: 1 << 4 } as const
/** Delete and Alter. */
const administering = (1 << 6) | (1 << 7)

/**
 * Asks every broker that leads a partition of the topics, as the principal, what it may do there. A topic that does not exist is denied: nobody can write or read it.
 */
export async function askAccess(
  admin: BrokerConnections,
  asPrincipal: BrokerConnections,
  question: AccessQuestion,
  topicAcls: () => Promise<AclListings>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<AskedAccess> {
  const { operation, topics } = question
  return overElections(timeoutMs, signal, async () => {
    const metadata = await readMetadata(admin, topics, signal)
    expectVisible(metadata)
    const denied = new Set(topics.filter((topic) => !metadata.topics.has(topic)))
    const allowed = new Set<string>()
    const hidden = new Set<string>()
    const administers = new Set<string>()
    await Promise.all(
      [...topicsByLeader(metadata)].map(async ([broker, led]) => {
        const seen = await readMetadata(asPrincipal, led, signal, { broker, operations: true })
        for (const topic of led) {
          const row = seen.topics.get(topic)
          if (row === undefined) hidden.add(topic)
          if (row === undefined || (row.operations & bits[operation]) === 0) denied.add(topic)
          else allowed.add(topic)
          if (row !== undefined && (row.operations & administering) === administering) administers.add(topic)
        }
      }),
    )
    if (hidden.size > 0) refuseContradiction(admin.alias, question, [...hidden], await topicAcls())
    return {
      allowed: topics.filter((topic) => allowed.has(topic)),
      denied: topics.filter((topic) => denied.has(topic)),
      administers: topics.filter((topic) => administers.has(topic)),
      leaders: [...metadata.topics.values()].flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, leader }): AskedAccess['leaders'][number] => [topic, partition, leader]),
      ),
    }
  })
}

function topicsByLeader(metadata: ClusterMetadata): Map<BrokerAddress, string[]> {
  const led = new Map<BrokerAddress, Set<string>>()
  for (const { topic, partitions } of metadata.topics.values()) {
    for (const { partition, leader } of partitions) {
      const broker = metadata.brokers.get(leader)
      if (broker === undefined) {
        throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic}`, true)
      }
      led.set(broker, (led.get(broker) ?? new Set()).add(topic))
    }
  }
  return new Map([...led].map(([broker, topics]) => [broker, [...topics]]))
}

/**
 * A topic is hidden from whoever may do nothing there, but also where only Describe is denied. A client that knows the
 * leaders from before could still write then, so that being hidden proves nothing.
 */
function refuseContradiction(alias: string, question: AccessQuestion, hidden: string[], acls: AclListings): void {
  const { principal, operation } = question
  const allowed = allowedSomewhere(acls, principal, operation, hidden)
  if (allowed.length === 0) return
  throw rejected(
    `Cluster ${alias} hides ${allowed.join(', ')} from ${principal}, although its ACLs allow ${operation} there: what it may do cannot be proven. Remove the ACL that denies it Describe.`,
  )
}
