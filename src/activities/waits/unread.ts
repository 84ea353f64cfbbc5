import type { GroupOffsets, TopicEnds, TopicOffsets } from '../../contract/evidence.ts'
import { committedOf } from '../../domain/positions/committed.ts'
import { hops } from '../../domain/names/naming.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { precondition } from '../../ports/failures.ts'
import { listed, namingOf } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import type { ScanMemory } from '../evidence/residual-scans.ts'

/** A longer rest is unread data, whatever it holds: scanning it would take longer than reading it. */
const longestRest = 5_000
const scansAtOnce = 8

export interface Reader {
  group: string
  topics: string[]
  /** Offsets before these count as read, as a person has chosen: where the group has no commit. */
  from?: TopicOffsets[]
}

export interface Unread {
  group: string
  topic: string
  partition: number
  /** Where the group would go on: its commit, or the log start without one. */
  committed: number
  end: number
}

export interface Reading {
  ends: TopicEnds[]
  committed: GroupOffsets[]
  unread: Unread[]
}

/**
 * What groups have not read yet. Consumers do not commit past transaction markers at the end of a log, so a rest that
 * holds no data counts as read. `atLeast`: ends that were there before. A log that is gone or ends earlier now was deleted,
 * made anew or truncated, so what a group has committed there says nothing of what it has read.
 */
export async function unreadBy(
  deps: ActivityDeps,
  cluster: ClusterLooks,
  readers: Reader[],
  atLeast: TopicOffsets[],
  signal: AbortSignal,
  memory: ScanMemory,
): Promise<Reading> {
  const topics = [...new Set(readers.flatMap((reader) => reader.topics))]
  const names = readers.map(({ group }) => group)
  // Commits first: what is committed in between makes the rest too large, never too small.
  const committed = await cluster.groupOffsets(names, topics, signal)
  const ends = await cluster.ends(topics, signal)
  requireLocalTopics(deps, cluster.alias, topics, ends)

  const rests = readers.flatMap((reader) => restsOf(reader, ends, committed))
  const data = await eachOf(rests, scansAtOnce, async (rest) => {
    if (rest.end - rest.committed > longestRest || rest.end > rest.lastStable) return true
    const { topic, partition, committed: from, end: to } = rest
    const key = `${rest.topicId}/${partition}/${from}/${to}`
    const known = memory.get(key)
    if (known !== undefined) return known.records > 0
    const { records, complete } = await cluster.scan(topic, partition, from, to, signal)
    if (complete) memory.set(key, { topic, partition, from, to, records, complete })
    return !complete || records > 0
  })
  return {
    ends,
    committed,
    unread: [
      ...rests
        .filter((_rest, index) => data[index] !== false)
        .map(({ group, topic, partition, committed: at, end }) => ({ group, topic, partition, committed: at, end })),
      ...readers.flatMap((reader) => cutShort(reader, ends, atLeast)),
    ],
  }
}

/** Sum of what a group has committed on its topics: it changes when the group reads. */
export function committedSum({ group, topics }: Reader, committed: GroupOffsets[]): number {
  const own = committed.find((entry) => entry.group === group)?.topics ?? []
  return own
    .filter(({ topic }) => topics.includes(topic))
    .flatMap(({ offsets }) => offsets)
    .reduce((sum, [, offset]) => sum + Math.max(0, offset), 0)
}

interface Rest extends Unread {
  topicId: string
  lastStable: number
}

/** Partitions that do not reach the ends they had. */
function cutShort({ group, topics }: Reader, ends: TopicEnds[], atLeast: TopicOffsets[]): Unread[] {
  return atLeast
    .filter(({ topic }) => topics.includes(topic))
    .flatMap(({ topic, offsets }) => {
      const now = ends.find((entry) => entry.topic === topic)?.partitions ?? []
      return offsets.flatMap(([partition, end]) => {
        const reached = now.find(([candidate]) => candidate === partition)?.[2] ?? 0
        return reached < end ? [{ group, topic, partition, committed: reached, end }] : []
      })
    })
}

function restsOf(reader: Reader, ends: TopicEnds[], committed: GroupOffsets[]): Rest[] {
  return ends
    .filter(({ topic }) => reader.topics.includes(topic))
    .flatMap(({ topic, topicId, partitions }) => {
      const chosen = new Map(reader.from?.find((entry) => entry.topic === topic)?.offsets)
      return partitions.map(([partition, start, end, lastStable]): Rest => {
        const own = committedOf(committed, reader.group, topic, partition) ?? start
        const at = Math.max(start, own, chosen.get(partition) ?? start)
        return { group: reader.group, topic, topicId, partition, committed: at, end, lastStable }
      })
    })
    .filter((rest) => rest.committed < rest.end)
}

/** A copy that was never made holds nothing to read. A local topic that is missing must be looked into. */
function requireLocalTopics(deps: ActivityDeps, alias: string, topics: string[], ends: TopicEnds[]): void {
  const found = new Set(ends.map(({ topic }) => topic))
  const missing = topics.filter((topic) => !found.has(topic) && !isRemote(deps, topic))
  if (missing.length > 0) {
    throw precondition(
      `${alias} has no topic ${listed(missing)}, so what is unread in it is not known. Was it deleted? Create it, or leave it out of the pair.`,
    )
  }
}

/** By the naming of any pair that holds the topic it is a copy of. */
function isRemote(deps: ActivityDeps, topic: string): boolean {
  const config = deps.config()
  return Object.entries(config.pairs).some(([pair, { topics }]) => {
    return hops(namingOf(config, pair), topic).some((hop) => topics.includes(hop.topic))
  })
}
