import type { Place } from '../../../ports/cluster.ts'
import { readEnds } from '../ends.ts'
import { expectVisible, readMetadata, type ClusterMetadata } from '../metadata.ts'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { refusalOf } from '../net/refusal.ts'
import { answered, placeKey, placesByLeader } from '../places.ts'
import { fetchPartitions, heldBack, type FetchedPartition, type Isolation } from '../records/fetch.ts'

/** A reading of one partition that goes on, round by round, together with those of others. */
export interface Walk extends Place {
  /** Where it reads on; null: it has what it wanted. */
  readonly position: number | null
  /** The batches from `position` on; the first may begin before it. At least one of them ends at or above `position`. */
  take(answer: FetchedPartition): void
  /** There is nothing to be read at `position` or above it. */
  end(): void
  /** `position` is not within the log, which has these ends now. */
  outside(ends: { start: number; stable: number }): void
}

/** Read of each partition at first: a batch of an ordinary producer (`batch.size` 16 KB) fits several times. */
const FIRST_BYTES = 64 * 1024
/** By so much more of a partition whose next batch did not fit. */
const GROWTH = 4
/** Of one answer; where there are many leaders, of all that are asked at the same time together. */
const ANSWER_BYTES = 8 * 1024 * 1024
const ALL_ANSWERS_BYTES = 48 * 1024 * 1024
const LEAST_ANSWER_BYTES = 1024 * 1024

const OFFSET_OUT_OF_RANGE = 1

interface Round {
  connections: BrokerConnections
  isolation: Isolation
  timeoutMs: number
  signal: AbortSignal | undefined
  /** Bytes of its next fetch, of walks that need more than the first. */
  sizes: Map<Walk, number>
}

/**
 * Carries all walks to their ends: one fetch a leader and round, of all that are still on their way. A broker fills its answer
 * in the order of the request and leaves the rest empty; whoever came empty stands first in the next request, with more room, and
 * the first of a request is given a whole batch however large: each round brings at least one on. Only where an answer holds
 * nothing at all is an empty partition at its end. `known`: fresh metadata of their topics.
 */
export async function walkAll(
  connections: BrokerConnections,
  walks: readonly Walk[],
  isolation: Isolation,
  known: ClusterMetadata | undefined,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const round: Round = { connections, isolation, timeoutMs, signal, sizes: new Map() }
  let metadata = known
  for (let open = underWay(walks); open.length > 0; open = underWay(walks)) {
    signal?.throwIfAborted()
    await overElections(timeoutMs, signal, async () => {
      const asked = metadata ?? (await readMetadata(connections, namesOf(open), signal))
      metadata = undefined
      expectVisible(asked)
      await goOn(round, asked, underWay(open))
      metadata = asked
    })
  }
}

async function goOn(round: Round, metadata: ClusterMetadata, walks: readonly Walk[]): Promise<void> {
  const byLeader = [...placesByLeader(metadata, onceEach(walks))]
  const led = new Set(byLeader.flatMap(([, own]) => own.map(({ topic, partition }) => placeKey(topic, partition))))
  // Gone between two rounds, with its topic.
  for (const walk of walks) if (!led.has(placeKey(walk.topic, walk.partition))) walk.end()
  const maxBytes = Math.max(LEAST_ANSWER_BYTES, Math.min(ANSWER_BYTES, ALL_ANSWERS_BYTES / byLeader.length))
  const outside = await Promise.all(byLeader.map(([leader, own]) => ask(round, leader, own, Math.floor(maxBytes))))
  await comeBack(round, outside.flat())
}

/** Answers those whose position is not within the log. */
async function ask(round: Round, leader: BrokerAddress, walks: readonly Walk[], maxBytes: number): Promise<Walk[]> {
  const { connections, isolation, signal, sizes } = round
  const asked = walks.toSorted((one, other) => (sizes.get(other) ?? 0) - (sizes.get(one) ?? 0))
  const from = asked.map((walk) => ({
    topic: walk.topic,
    partition: walk.partition,
    offset: walk.position ?? 0,
    maxBytes: Math.min(sizes.get(walk) ?? FIRST_BYTES, maxBytes),
  }))
  const answer = await fetchPartitions(connections, leader, from, { isolation, maxBytes, maxWaitMs: 0 }, signal)
  if (answer.size === 0) heldBack(`${asked.length} partitions`)
  const outside: Walk[] = []
  let refused: { code: number; subject: string } | undefined
  // Where nothing at all came, nobody took the place of another.
  const nothingCame = [...answer.values()].every(({ records }) => records.length === 0)
  for (const walk of asked) {
    const fetched = answer.get(placeKey(walk.topic, walk.partition))
    if (fetched === undefined) continue
    if (fetched.errorCode === OFFSET_OUT_OF_RANGE) outside.push(walk)
    else if (fetched.errorCode !== 0) {
      refused ??= { code: fetched.errorCode, subject: `partition ${walk.partition} of ${walk.topic}` }
    } else if (fetched.records.length > 0) {
      sizes.delete(walk)
      walk.take(fetched)
    } else if (nothingCame || isAtEnd(walk, fetched, isolation)) walk.end()
    else sizes.set(walk, Math.min((sizes.get(walk) ?? FIRST_BYTES) * GROWTH, ANSWER_BYTES))
  }
  if (refused !== undefined) throw refusalOf(refused.code, refused.subject)
  return outside
}

async function comeBack({ connections, timeoutMs, signal }: Round, walks: readonly Walk[]): Promise<void> {
  if (walks.length === 0) return
  const ends = await readEnds(connections, namesOf(walks), timeoutMs, signal)
  const rows = new Map(
    ends.flatMap(({ topic, partitions }) => partitions.map((row) => [placeKey(topic, row[0]), row] as const)),
  )
  for (const walk of walks) {
    const [, start, , stable] = answered(rows, walk.topic, walk.partition)
    walk.outside({ start, stable })
  }
}

function isAtEnd({ position }: Walk, { highWatermark, lastStable }: FetchedPartition, isolation: Isolation): boolean {
  return position !== null && BigInt(position) >= (isolation === 'committed' ? lastStable : highWatermark)
}

function underWay(walks: readonly Walk[]): Walk[] {
  return walks.filter(({ position }) => position !== null)
}

/** A request names each partition once: several walks of one take turns. */
function onceEach(walks: readonly Walk[]): Walk[] {
  const first = new Map<string, Walk>()
  for (const walk of walks) {
    const key = placeKey(walk.topic, walk.partition)
    if (!first.has(key)) first.set(key, walk)
  }
  return [...first.values()]
}

function namesOf(walks: readonly Walk[]): string[] {
  return [...new Set(walks.map(({ topic }) => topic))]
}
