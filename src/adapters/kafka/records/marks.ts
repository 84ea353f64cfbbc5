import { createHash } from 'node:crypto'
import type { RecordMark } from '../../../ports/cluster.ts'
import { readEnds, readOffsetAt } from '../ends.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { decodeBatch, isReadable, type Batch, type BatchRecord } from './batch.ts'
import { committedBatches } from './committed-batches.ts'
import { committedReader } from './scan.ts'

/** Offsets looked back through for the last record, in growing steps: markers and aborted records lie at a tail. */
const LOOK_BACK = [20, 500, 10_000]
/** Offsets read from the first one of a time stamp on: records of the same moment lie together. */
const LOOK_AHEAD = 20_000

interface Place {
  topic: string
  partition: number
}

/** The last committed data record; null where there is none, or none that can be read, within the last 10 000 offsets. */
export async function lastRecord(
  connections: BrokerConnections,
  place: Place,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<RecordMark | null> {
  const [ends] = await readEnds(connections, [place.topic], timeoutMs, signal)
  const row = ends?.partitions.find(([partition]) => partition === place.partition)
  if (row === undefined) return null
  const [, start, , stable] = row
  for (const back of LOOK_BACK) {
    const from = Math.max(start, stable - back)
    let last: RecordMark | null = null
    for await (const record of records(connections, place, { from, to: stable, aborted: false }, timeoutMs, signal))
      last = markOf(record)
    if (last !== null || from === start) return last
  }
  return null
}

/**
 * The lowest offset of a record with this mark. All records of its moment lie at or above the first offset of that
 * moment, so none is missed below; of several alike the lowest counts, so that the answer is never too high. Aborted
 * records count: a mirroring that reads them has copied them.
 */
export async function findRecord(
  connections: BrokerConnections,
  place: Place,
  mark: Pick<RecordMark, 'timestamp' | 'digest'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const from = await readOffsetAt(connections, place, mark.timestamp, timeoutMs, signal)
  if (from === null) return null
  const range = { from, to: from + LOOK_AHEAD, aborted: true }
  for await (const record of records(connections, place, range, timeoutMs, signal)) {
    const found = markOf(record)
    if (found.timestamp === mark.timestamp && found.digest === mark.digest) return found.offset
  }
  return null
}

/** Data records in [from, to) as far as there are any now. A batch that cannot be decompressed here ends the reading. */
async function* records(
  connections: BrokerConnections,
  place: Place,
  range: { from: number; to: number; aborted: boolean },
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<BatchRecord> {
  const read = committedReader(connections, { ...place, ...range }, timeoutMs, signal)
  for (let position = range.from; position < range.to;) {
    signal?.throwIfAborted()
    const answer = await read(position)
    if (answer === 'out-of-range') return
    let next = position
    for (const { batch, aborted } of committedBatches(answer)) {
      if (Number(batch.lastOffset) >= next) next = Number(batch.lastOffset) + 1
      if (batch.control || (aborted && !range.aborted)) continue
      if (!isReadable(batch)) return
      yield* within(batch, position, range.to)
    }
    if (next === position) return
    position = next
  }
}

function within(batch: Batch, from: number, to: number): BatchRecord[] {
  return decodeBatch(batch).filter(({ offset }) => offset >= BigInt(from) && offset < BigInt(to))
}

/** Key, value and time stamp: what a mirroring hands on unchanged. Headers may be converted on the way, so they stay out. */
function markOf({ offset, timestamp, key, value }: BatchRecord): RecordMark {
  const digest = createHash('sha256')
  for (const part of [key, value]) {
    digest.update(`${part === null ? -1 : part.length}:`)
    if (part !== null) digest.update(part)
  }
  return { offset: Number(offset), timestamp: Number(timestamp), digest: digest.digest('base64') }
}
