import type { EndedPlace, FoundRecord, LastRecord, Place, WantedRecord } from '../../../ports/cluster.ts'
import { latest, readEnds } from '../ends.ts'
import { expectVisible, leadersOf, readMetadata, type ClusterMetadata } from '../metadata.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { readOffsetsAt } from '../offsets-at.ts'
import { placeKey } from '../places.ts'
import { FindRecordWalk, type Budget } from './find-walk.ts'
import { LastRecordWalk } from './last-walk.ts'
import { walkAll } from './walk.ts'

/** What one call searches together, bytes: enough for any number of records that are there, and an end where many are not. */
const SEARCHED_BYTES = 64 * 1024 * 1024
const SEARCHED_BYTES_EACH = 512 * 1024

/** The last committed data record of each place. */
export async function lastRecords(
  connections: BrokerConnections,
  places: readonly EndedPlace[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<LastRecord[]> {
  let refused = false
  const { metadata, stable } = await overElections(timeoutMs, signal, async () => {
    const read = refused ? readMetadata(connections, namesOf(places), signal) : leadersOf(connections, places, signal)
    refused = true
    const metadata = await read
    expectVisible(metadata)
    return { metadata, stable: await stableOffsets(connections, metadata, places, signal) }
  })
  const walks = new Map<string, LastRecordWalk>()
  for (const { topic, partition } of places) {
    const key = placeKey(topic, partition)
    const end = stable.get(key)
    if (end !== undefined && !walks.has(key)) walks.set(key, new LastRecordWalk({ topic, partition }, end))
  }
  await walkAll(connections, [...walks.values()], 'committed', metadata, timeoutMs, signal)
  const unfound = [...walks.values()].filter(({ last }) => last === undefined)
  const empty = await withoutOffsets(connections, unfound, timeoutMs, signal)
  return places.map(({ topic, partition }): LastRecord => {
    const key = placeKey(topic, partition)
    const walk = walks.get(key)
    if (walk === undefined) return { topic, partition, found: 'absent' }
    return walk.last ?? { topic, partition, found: empty.get(key) ?? 'absent' }
  })
}

/** Last stable offsets of the places that are there: as they are known, or asked for. */
async function stableOffsets(
  connections: BrokerConnections,
  metadata: ClusterMetadata,
  places: readonly EndedPlace[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const known = new Map(
    places.flatMap(({ topic, partition, stable }) =>
      stable === undefined ? [] : [[placeKey(topic, partition), stable] as const],
    ),
  )
  const unknown = onceEach(places).filter(({ topic, partition }) => !known.has(placeKey(topic, partition)))
  if (unknown.length === 0) return known
  return new Map([...known, ...(await latest(connections, metadata, unknown, 'last-stable', signal))])
}

/** Of places without a record those that hold no offset at all, and the others. */
async function withoutOffsets(
  connections: BrokerConnections,
  places: readonly Place[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, 'empty' | 'no-record'>> {
  const ends = places.length === 0 ? [] : await readEnds(connections, namesOf(places), timeoutMs, signal)
  return new Map(
    ends.flatMap(({ topic, partitions }) =>
      partitions.map(([partition, start, end]) => [placeKey(topic, partition), start === end ? 'empty' : 'no-record']),
    ),
  )
}

/** Where records with these marks lie; see `ClusterPort.findRecords`. */
export async function findRecords(
  connections: BrokerConnections,
  wanted: readonly WantedRecord[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<FoundRecord[]> {
  const budget: Budget = { bytes: Math.max(SEARCHED_BYTES, wanted.length * SEARCHED_BYTES_EACH) }
  const walks: (FindRecordWalk | undefined)[] = []
  let known: ClusterMetadata | undefined
  for (const turn of inTurns(wanted)) {
    const { offsets, metadata } = await readOffsetsAt(
      connections,
      turn.map(([, mark]) => mark),
      timeoutMs,
      signal,
    )
    // Those of the first are the topics of all.
    known ??= metadata
    for (const [index, [at, mark]] of turn.entries()) {
      const from = offsets[index] ?? null
      if (from !== null) walks[at] = new FindRecordWalk(mark, from, budget)
    }
  }
  await walkAll(
    connections,
    walks.filter((walk) => walk !== undefined),
    'uncommitted',
    known,
    timeoutMs,
    signal,
  )
  return wanted.map((_, index) => walks[index]?.found ?? null)
}

/** A request names a place once: several marks of one are asked for one after the other. */
function inTurns(wanted: readonly WantedRecord[]): [index: number, mark: WantedRecord][][] {
  const turns: [number, WantedRecord][][] = []
  const times = new Map<string, number>()
  for (const [index, mark] of wanted.entries()) {
    const key = placeKey(mark.topic, mark.partition)
    const turn = times.get(key) ?? 0
    times.set(key, turn + 1)
    ;(turns[turn] ??= []).push([index, mark])
  }
  return turns
}

function onceEach(places: readonly Place[]): Place[] {
  return [...new Map(places.map((place) => [placeKey(place.topic, place.partition), place])).values()]
}

function namesOf(places: readonly Place[]): string[] {
  return [...new Set(places.map(({ topic }) => topic))]
}
