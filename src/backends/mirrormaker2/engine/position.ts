import type { MirroredTo, PositionChange } from '../../../contract/evidence.ts'
import { precondition } from '../../../ports/failures.ts'
import type { OffsetChange, StoredOffset } from '../connect/answers.ts'
import { isStopped, seeLink, stateText, type Mm2Link } from './link.ts'
import { settled } from './polling.ts'

type Positions = { topic: string; offsets: MirroredTo[] }[]
type Changes = { topic: string; offsets: PositionChange[] }[]

/** Last acknowledged source offsets, one entry for each topic asked for. Entries of other clusters and topics stay out. */
export function readPositions(mm2: Mm2Link, topics: string[], signal?: AbortSignal): Promise<Positions> {
  return settled(async () => {
    const stored = await storedOffsets(mm2, signal)
    const wanted = new Map(topics.map((topic): [string, MirroredTo[]] => [topic, []]))
    for (const { topic, partition, offset } of stored) wanted.get(topic)?.push([partition, offset])
    return [...wanted].map(([topic, offsets]) => ({ topic, offsets: offsets.sort((a, b) => a[0] - b[0]) }))
  }, signal)
}

/**
 * Moves positions of a stopped link, or deletes them (null); what is not named stays. Set already: nothing is written. Connect
 * takes a null offset for each partition of a MirrorSourceConnector (tried on 4.3.1).
 */
export async function movePositions(mm2: Mm2Link, positions: Changes, signal?: AbortSignal): Promise<void> {
  const wanted = positions.flatMap(({ topic, offsets }) =>
    offsets.map(([partition, offset]): OffsetChange => ({ cluster: mm2.link.from, topic, partition, offset })),
  )
  const bad = wanted.find(
    ({ partition, offset }) => partition < 0 || (offset !== null && (!Number.isSafeInteger(offset) || offset < 0)),
  )
  if (bad)
    throw precondition(
      `${mm2.label}: ${bad.offset} is no offset of a record (${bad.topic}-${bad.partition}). No position was moved`,
    )
  await settled(async () => {
    const { source } = await seeLink(mm2, signal)
    if (!source || !isStopped(source))
      throw precondition(
        `${mm2.label}: positions are moved only while the link is stopped without tasks, but ${source ? stateText(source) : `${mm2.link.source.name}: absent`}. Disable the link first`,
      )
    const missing = await notStored(mm2, wanted, signal)
    if (missing.length === 0) return
    await mm2.connect.patchOffsets(source.connector.name, missing, signal)
    const still = await notStored(mm2, wanted, signal)
    const [first] = still
    if (first)
      throw precondition(
        `${mm2.label}: ${still.length} positions were not kept by connector ${source.connector.name}, among them ${first.topic}-${first.partition} at ${first.offset ?? 'none (it was to be deleted)'}`,
      )
  }, signal)
}

async function notStored(mm2: Mm2Link, wanted: OffsetChange[], signal?: AbortSignal): Promise<OffsetChange[]> {
  const stored = new Map((await storedOffsets(mm2, signal)).map((entry) => [keyOf(entry), entry.offset]))
  return wanted.filter((entry) => (stored.get(keyOf(entry)) ?? null) !== entry.offset)
}

async function storedOffsets({ link, label, connect }: Mm2Link, signal?: AbortSignal): Promise<StoredOffset[]> {
  const stored = await connect.offsets(link.source.name, signal)
  // No connector is not "never mirrored": the positions are there, but cannot be read without it.
  if (stored === null)
    throw precondition(
      `${label}: connector ${link.source.name} does not exist, so its positions cannot be read. They are kept under its name: create it again, stopped, to read them`,
    )
  return stored.filter(({ cluster }) => cluster === link.from)
}

function keyOf({ topic, partition }: Omit<StoredOffset, 'offset'>): string {
  return `${topic}-${partition}`
}
