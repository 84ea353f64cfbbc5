import type { LabApplication, LabTopic } from '../apps/definitions.ts'

/** Operations of Kafka's authorizer, as its client names them. */
export type Operation =
  'READ' | 'WRITE' | 'CREATE' | 'ALTER' | 'DESCRIBE' | 'DESCRIBE_CONFIGS' | 'ALTER_CONFIGS' | 'DELETE'

/** An ALLOW for one user, from every host. */
export type Grant = {
  user: string
  operation: Operation
  resource: 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID'
  name: string
  pattern: 'LITERAL' | 'PREFIXED'
}

/** The cluster whose ACLs are wanted, and what runs there. */
export type GrantScene = {
  alias: string
  naming: 'suffix' | 'prefix'
  /** Of clusters that mirror to this one, now or later. */
  others: readonly string[]
  topics: readonly LabTopic[]
  applications: readonly LabApplication[]
}

export const CLUSTER = 'kafka-cluster'
/** Of the sample producers, for those that use transactions. */
const TRANSACTIONAL_IDS = 'app-'

/** "accounting." for accounting.invoices: with suffix naming it covers the copies as well, which begin the same way. */
export function prefixOf(topic: string): string {
  return topic.includes('.') ? topic.slice(0, topic.indexOf('.') + 1) : topic
}

/** Each operation on one resource. */
export function allow(user: string, operations: readonly Operation[], on: Omit<Grant, 'user' | 'operation'>): Grant[] {
  return operations.map((operation) => ({ user, operation, ...on }))
}

/**
 * What the applications need: write or read their topics, read as their group.
 *
 * @param pattern PREFIXED: all that begins with the first word. LITERAL: the topics themselves, as most owners write them; that is
 * also the kind that MirrorMaker copies.
 */
export function applicationGrants({ topics, applications }: GrantScene, pattern: Grant['pattern']): Grant[] {
  const names = new Set(topics.map(({ name }) => (pattern === 'PREFIXED' ? prefixOf(name) : name)))
  const principals = (kind: LabApplication['kind'], standard: string) =>
    new Set([standard, ...applications.filter((app) => app.kind === kind).map((app) => app.principal)])
  const groups = new Set(applications.flatMap(({ group }) => (group === undefined ? [] : [group])))
  const grants: Grant[] = []
  for (const producer of principals('producer', 'producer-app')) {
    for (const name of names) grants.push(...allow(producer, ['WRITE'], { resource: 'TOPIC', name, pattern }))
    grants.push(
      ...allow(producer, ['WRITE'], { resource: 'TRANSACTIONAL_ID', name: TRANSACTIONAL_IDS, pattern: 'PREFIXED' }),
    )
  }
  for (const consumer of principals('consumer', 'consumer-app')) {
    for (const name of names) grants.push(...allow(consumer, ['READ'], { resource: 'TOPIC', name, pattern }))
    for (const name of groups)
      grants.push(...allow(consumer, ['READ'], { resource: 'GROUP', name, pattern: 'PREFIXED' }))
  }
  return grants
}
