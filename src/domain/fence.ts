import type { AclEntry } from '../contract/dossier.ts'
import type { TopicEnds } from '../contract/evidence.ts'

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
}

/**
 * The entries that make a cluster refuse the applications, and what else they would hit. Literal, so that nothing else
 * is denied; where the link copies ACLs, prefixed, because MirrorMaker 2 copies literal DENY entries to the target.
 */
export function fenceAcls(input: FenceInput): { acls: AclEntry[]; warnings: string[] } {
  const pattern = input.copiesAcls ? 'prefixed' : 'literal'
  const topics = [...new Set(input.topics)]
  const principals = [...new Set(input.principals)]
  const acls = principals.flatMap((principal) =>
    topics.flatMap((name) =>
      [...new Set(input.operations)].map((operation): AclEntry => {
        return { resource: 'topic', name, pattern, principal, host: '*', operation, permission: 'deny' }
      }),
    ),
  )
  return { acls, warnings: [...principalWarnings(principals), ...(input.copiesAcls ? hits(input, topics) : [])] }
}

function principalWarnings(principals: readonly string[]): string[] {
  if (principals.length === 0) {
    return ['No principal is known for the applications, so the fence denies nobody: add `principal` to them.']
  }
  return principals.includes('User:*')
    ? ['The fence denies User:*, which includes the mirroring and administrators that are no super users.']
    : []
}

function hits(input: FenceInput, topics: readonly string[]): string[] {
  const meant = new Set([...topics, ...input.ownTopics])
  return topics.flatMap((prefix) => {
    const others = input.allTopics.filter((topic) => topic.startsWith(prefix) && !meant.has(topic))
    return others.length === 0
      ? []
      : [
          `The fence on ${prefix} is a prefix, because the link copies literal ACLs: it also denies ${input.principals.join(', ')} on ${others.join(', ')}. Stop copying ACLs (sync.topic.acls.enabled=false) to have it literal.`,
        ]
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
