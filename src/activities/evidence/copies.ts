import type { LinkRef } from '../../contract/activities.ts'
import type { CopyEvidence, CopyMatch, CopyRow, PartitionEnds, TopicEnds } from '../../contract/evidence.ts'
import { isMirrored, remoteName } from '../../domain/names/naming.ts'
import type { ClusterLooks, LastRecord, RecordMark } from '../../ports/cluster.ts'
import { namingOf } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'

/**
 * What is known of each partition of a copy, by the ids of both topics: the last record that was placed on the source, and the
 * furthest that was ever reached.
 */
export type CopyMemory = Map<string, { last: number; digest: string; reached: number }>

export function noCopies(): CopyMemory {
  return new Map()
}

interface Row {
  key: string
  topic: string
  partition: number
  start: number
  end: number
  last: LastRecord | undefined
}

type Link = LinkRef & { topics: string[] }

/** What is needed to know of the source's topics. */
type Described = Pick<TopicEnds, 'topic' | 'topicId'> & { partitions: number }

/**
 * How far the copies of these topics reach, in the order asked: a topic that the source does not have has no rows. The copy is
 * read before the source, so what is found is at most too low. A record that was placed on the source once is not looked for
 * again, as long as both topics are the same. A link that starts again copies some records twice: the furthest place counts.
 *
 * A copy that keeps its name (`none`) is the topic of that name on the target: what others wrote there is `not-found`.
 * A topic that a rename leaves out has no copy: `absent`.
 */
export async function lookAtCopies(
  deps: ActivityDeps,
  link: Link,
  signal?: AbortSignal,
  memory: CopyMemory = noCopies(),
): Promise<CopyEvidence[]> {
  if (link.topics.length === 0) return []
  const source = deps.ports.cluster(link.from)
  const [described, seen] = await Promise.all([source.describeTopics(link.topics, signal), read(deps, link, signal)])
  return await placed(source, link, described, seen, memory, signal)
}

/**
 * The same, and the ends of the source. They are read after the copies and before the places of the records: what a copy held then
 * lies below them.
 */
export async function lookAtBoth(
  deps: ActivityDeps,
  link: Link,
  signal?: AbortSignal,
  memory: CopyMemory = noCopies(),
): Promise<{ copies: CopyEvidence[]; ends: TopicEnds[] }> {
  const source = deps.ports.cluster(link.from)
  const seen = await read(deps, link, signal)
  const ends = await source.ends(link.topics, signal)
  const described = ends.map(({ topic, topicId, partitions }) => ({ topic, topicId, partitions: partitions.length }))
  return { ends, copies: await placed(source, link, described, seen, memory, signal) }
}

/** The copies on the target: their names by topic (null: none), ends, and last records. */
interface SeenTarget {
  names: ReadonlyMap<string, string | null>
  ends: ReadonlyMap<string, TopicEnds>
  lasts: ReadonlyMap<string, LastRecord>
}

async function read(
  deps: ActivityDeps,
  { pair, from, to, topics }: Link,
  signal: AbortSignal | undefined,
): Promise<SeenTarget> {
  const naming = namingOf(deps.config(), pair)
  const target = deps.ports.cluster(to)
  const names = new Map(
    topics.map((topic): [string, string | null] => [
      topic,
      isMirrored(naming, from, topic) ? remoteName(naming, from, topic) : null,
    ]),
  )
  const wanted = [...names.values()].filter((name) => name !== null)
  const ends = wanted.length === 0 ? [] : await target.ends(wanted, signal)
  const places = ends.flatMap(({ topic, partitions }) =>
    partitions.filter(([, start, end]) => start < end).map(([partition, , , stable]) => ({ topic, partition, stable })),
  )
  const lasts = places.length === 0 ? [] : await target.lastRecords(places, signal)
  return { names, ends: byName(ends), lasts: new Map(lasts.map((last) => [`${last.topic}/${last.partition}`, last])) }
}

async function placed(
  source: ClusterLooks,
  { topics }: Link,
  described: readonly Described[],
  { names, ends, lasts }: SeenTarget,
  memory: CopyMemory,
  signal: AbortSignal | undefined,
): Promise<CopyEvidence[]> {
  const sources = byName(described)
  const copyOf = (topic: string): TopicEnds | undefined => ends.get(names.get(topic) ?? '')
  const rows = topics.map((topic) => {
    const { topicId = '', partitions = 0 } = sources.get(topic) ?? {}
    const copy = copyOf(topic)
    const ends = new Map(copy?.partitions.map((row) => [row[0], row]))
    return Array.from({ length: partitions }, (_, partition) =>
      rowOf({ topic, id: topicId }, copy, [partition, ends.get(partition)], lasts),
    )
  })
  const unreadable = await place(source, rows.flat(), memory, signal)
  return topics.map((topic, index) => ({
    topic,
    copy: names.get(topic) ?? topic,
    copyId: copyOf(topic)?.topicId ?? null,
    rows: (rows[index] ?? []).map((row) => judged(row, memory, unreadable.has(row))),
  }))
}

function byName<T extends { topic: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.topic, entry]))
}

function rowOf(
  { topic, id }: { topic: string; id: string },
  copy: TopicEnds | undefined,
  [partition, ends]: [partition: number, ends: PartitionEnds | undefined],
  lasts: ReadonlyMap<string, LastRecord>,
): Row {
  if (copy === undefined || ends === undefined) {
    return { key: '', topic, partition, start: 0, end: 0, last: { topic, partition, found: 'absent' } }
  }
  const [, start, end] = ends
  const last = lasts.get(`${copy.topic}/${partition}`)
  return { key: `${id}/${copy.topicId}/${partition}`, topic, partition, start, end, last }
}

/** Looks for the last records on the source, all at once; answers those whose place cannot be read with what this Node has. */
async function place(
  source: ClusterLooks,
  rows: readonly Row[],
  memory: CopyMemory,
  signal: AbortSignal | undefined,
): Promise<Set<Row>> {
  const unreadable = new Set<Row>()
  const unknown = rows.flatMap((row) => {
    const mark = markOf(row)
    if (mark === null || mark.restamped || isKnown(memory, row, mark)) return []
    return [{ row, mark }]
  })
  if (unknown.length === 0) return unreadable
  const offsets = await source.findRecords(
    unknown.map(({ row: { topic, partition }, mark: { timestamp, digest, headers } }) => ({
      topic,
      partition,
      timestamp,
      digest,
      ...(headers === undefined ? {} : { headers }),
    })),
    signal,
  )
  for (const [index, { row, mark }] of unknown.entries()) {
    const offset = offsets[index] ?? null
    if (offset === 'unreadable') unreadable.add(row)
    if (typeof offset !== 'number') continue
    const before = memory.get(row.key)
    memory.set(row.key, {
      last: mark.offset,
      digest: mark.digest,
      // A copy that ends before what was seen of it was cut off: what it reached then is no more.
      reached: before === undefined || mark.offset < before.last ? offset : Math.max(before.reached, offset),
    })
  }
  return unreadable
}

function judged(row: Row, memory: CopyMemory, unreadable: boolean): CopyRow {
  const { partition, start, last } = row
  const mark = markOf(row)
  if (mark === null) return [partition, start, row.end, -1, -1, withoutMark(last)]
  // The last record is read after the ends.
  const end = Math.max(row.end, mark.offset + 1)
  if (mark.restamped) return [partition, start, end, mark.offset, -1, 'restamped']
  const known = memory.get(row.key)
  return known !== undefined && isKnown(memory, row, mark)
    ? [partition, start, end, mark.offset, known.reached, 'found']
    : [partition, start, end, mark.offset, -1, unreadable ? 'unreadable' : 'not-found']
}

/** `no-record`: aborted records and markers as far back as was looked; what lies before them is not known. */
function withoutMark(last: LastRecord | undefined): CopyMatch {
  switch (last?.found) {
    case 'absent':
    case 'unreadable':
      return last.found
    case 'no-record':
      return 'not-found'
    default:
      return 'empty'
  }
}

function markOf({ last }: Row): RecordMark | null {
  return last?.found === 'record' ? last.mark : null
}

function isKnown(memory: CopyMemory, { key }: Row, mark: RecordMark): boolean {
  const known = memory.get(key)
  return known !== undefined && known.last === mark.offset && known.digest === mark.digest
}
