import type { AclEntry } from '../../contract/dossier.ts'
import type { TopicEnds } from '../../contract/evidence.ts'

import { sameAcl } from './acl.ts'
import type { AclListings } from './acl-listings.ts'

export { derivedAccess, missingAcls, sameAcl } from './acl.ts'

export interface FenceInput {
  readonly principals: readonly string[]
  readonly topics: readonly string[]
  readonly operations: readonly ('Write' | 'Read')[]
  /** The link that leaves this cluster copies ACLs: literal entries would arrive on the target. */
  readonly copiesAcls: boolean
  /** Topics that exist on the cluster. */
  readonly allTopics: readonly string[]
  /** Topics of this pair, for which being denied as well is meant or harmless. */
  readonly ownTopics: readonly string[]
  /** Those of `topics` that everybody may use because no ACL bears on them. Absent: none. */
  readonly open?: readonly string[]
  /** Topics that an ACL bears on, of all that exist. Needed where a prefix would admit everybody. */
  readonly restricted?: readonly string[]
  /** Others that everybody may use because no ACL bears on them: a prefixed DENY would be their first. Absent: none. */
  readonly openOthers?: readonly string[]
  /** Those of `topics` whose copies take a literal DENY of writes without harm: nobody but the mirroring writes them there. */
  readonly travelsWell?: readonly string[]
}

/** A topic that an entry also denies, though it is none of the pair's. */
export interface FenceHit {
  readonly topic: string
  readonly by: string
}

export interface FencePlan {
  acls: AclEntry[]
  warnings: string[]
  /** What cannot be fenced without harm to others, each with the way out. Nothing may be applied then. */
  refused: string[]
  hits: FenceHit[]
}

export interface PlannedFence extends FencePlan {
  /** The entries that bear on the topics now. */
  existing: AclListings
  /** Those of the topics that everybody may use because no ACL bears on them. */
  open: string[]
}

/**
 * The entries that make a cluster refuse the applications, and what else they would change. Literal, so that nothing else is
 * denied. MirrorMaker 2 copies literal entries to the copies on the target (all but ALLOW Write; ALLOW All as Read) and never
 * removes them there, so where the link copies ACLs they are prefixed, unless the prefix would hit another topic. A topic that
 * everybody may use because it has no ACL gets an ALLOW for everybody beside the DENY: else the DENY would shut out all.
 */
export function fenceAcls(input: FenceInput): FencePlan {
  const principals = [...new Set(input.principals)]
  const operations = [...new Set(input.operations)]
  const open = new Set(input.open)
  const topics = [...new Set(input.topics)].map((name) => ({ name, isOpen: open.has(name), ...shapeOf(input, name) }))
  const acls = topics.flatMap(({ name, pattern, isOpen }) => [
    // First, so that at no moment the DENY is the only entry.
    ...(isOpen && principals.length > 0 ? [everybodyEntry(name, pattern)] : []),
    ...principals.flatMap((principal) =>
      operations.map((operation): AclEntry => {
        return { resource: 'topic', name, pattern, principal, host: '*', operation, permission: 'deny' }
      }),
    ),
  ])
  const hits = topics.flatMap(({ name, hits: others }) => others.map((topic) => ({ topic, by: name })))
  return {
    acls,
    hits,
    warnings: [...principalWarnings(principals), ...hitWarnings(input, hits)],
    refused: [
      ...topics.flatMap(({ refused }) => refused),
      ...(principals.includes('User:*') && open.size > 0
        ? [
            `The fence denies User:*, which shuts everybody out of ${[...open].join(', ')}, the mirroring and its consumers included. Give the producers a principal of their own.`,
          ]
        : []),
    ],
  }
}

/** Exactly what was so before: a topic without any ACL is open for every operation. */
export function everybodyEntry(name: string, pattern: AclEntry['pattern']): AclEntry {
  return {
    resource: 'topic',
    name,
    pattern,
    principal: 'User:*',
    host: '*',
    operation: 'All',
    permission: 'allow',
  }
}

/** Could a fence of ours have written it? Entries that an interrupted fence left behind do not close a topic. */
export function ofAFence(acl: AclEntry, principals: readonly string[]): boolean {
  if (acl.resource !== 'topic' || acl.host !== '*') return false
  if (acl.permission === 'allow') return sameAcl(acl, everybodyEntry(acl.name, acl.pattern))
  return principals.includes(acl.principal) && ['write', 'read'].includes(acl.operation.toLowerCase())
}

function principalWarnings(principals: readonly string[]): string[] {
  if (principals.length === 0) {
    return ['No principal is known for the applications, so the fence denies nobody: add `principal` to them.']
  }
  return principals.includes('User:*')
    ? ['The fence denies User:*, which includes the mirroring and administrators that are no super users.']
    : []
}

interface Shape {
  pattern: AclEntry['pattern']
  /** Other topics that are denied with it. */
  hits: string[]
  refused: string[]
}

function shapeOf(input: FenceInput, topic: string): Shape {
  if (!input.copiesAcls) return { pattern: 'literal', hits: [], refused: [] }
  const meant = new Set([...input.topics, ...input.ownTopics])
  const below = input.allTopics.filter((other) => other !== topic && other.startsWith(topic))
  const hits = below.filter((other) => !meant.has(other))
  const isOpen = input.open?.includes(topic) ?? false
  const restricted = new Set(input.restricted)
  const opened = isOpen ? below.filter((other) => restricted.has(other)) : []
  const shut = isOpen ? [] : below.filter((other) => input.openOthers?.includes(other) ?? false)
  if (hits.length === 0 && opened.length === 0 && shut.length === 0) return { pattern: 'prefixed', hits, refused: [] }
  const literally =
    !isOpen && (input.travelsWell?.includes(topic) ?? false) && input.operations.every((one) => one === 'Write')
  if (literally) return { pattern: 'literal', hits: [], refused: [] }
  const wayOut = `and a literal one would be copied to the target. Set sync.topic.acls.enabled=false on the source connector`
  const refused = [
    ...(opened.length === 0
      ? []
      : [
          `${topic} has no ACL and is open to everybody, and its link copies ACLs: a fence on the prefix ${topic} would open ${opened.join(', ')} to everybody too, ${wayOut}, or give ${topic} ACLs of its own for the mirroring and the applications.`,
        ]),
    ...(shut.length === 0
      ? []
      : [
          `The link copies ACLs, so the fence on ${topic} would be a prefix and the first ACL of ${shut.join(', ')}, which would shut out everybody there, ${wayOut}, or give ${shut.join(', ')} ACLs of their own.`,
        ]),
  ]
  return { pattern: 'prefixed', hits, refused }
}

function hitWarnings(input: FenceInput, hits: readonly FenceHit[]): string[] {
  return [...new Set(hits.map(({ by }) => by))].map((prefix) => {
    const others = hits.filter(({ by }) => by === prefix).map(({ topic }) => topic)
    return `The fence on ${prefix} is a prefix, because the link copies literal ACLs: it also denies ${input.principals.join(', ')} on ${others.join(', ')}. Stop copying ACLs (sync.topic.acls.enabled=false) to have it literal.`
  })
}

/**
 * Partitions whose high watermark changed between two readings. `to` is -1 where the partition is not there any more,
 * `from` is 0 where it is new. A topic that was recreated in between (another id) has moved in every partition.
 */
export function movedEnds(
  before: readonly TopicEnds[],
  after: readonly TopicEnds[],
): { topic: string; partition: number; from: number; to: number }[] {
  const moved: { topic: string; partition: number; from: number; to: number }[] = []
  for (const topic of new Set([...before, ...after].map((ends) => ends.topic))) {
    const was = before.find((ends) => ends.topic === topic)
    const is = after.find((ends) => ends.topic === topic)
    const recreated = was !== undefined && is !== undefined && was.topicId !== is.topicId
    const ends = new Map<number, { from: number; to: number }>()
    for (const [partition, , end] of was?.partitions ?? []) ends.set(partition, { from: end, to: -1 })
    for (const [partition, , end] of is?.partitions ?? []) {
      ends.set(partition, { from: ends.get(partition)?.from ?? 0, to: end })
    }
    for (const [partition, { from, to }] of [...ends].sort(([a], [b]) => a - b)) {
      if (from !== to || recreated) moved.push({ topic, partition, from, to })
    }
  }
  return moved
}

/** Partitions with a transaction that is not decided: their end can still move, by its marker, behind any fence. */
export function openTransactions(
  ends: readonly TopicEnds[],
): { topic: string; partition: number; highWatermark: number; lastStable: number }[] {
  return ends.flatMap(({ topic, partitions }) =>
    partitions
      .filter(([, , highWatermark, lastStable]) => lastStable < highWatermark)
      .map(([partition, , highWatermark, lastStable]) => ({ topic, partition, highWatermark, lastStable })),
  )
}
