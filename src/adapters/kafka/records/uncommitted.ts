import type { UncommittedRange, UncommittedScan } from '../../../ports/cluster.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { type Batch, isAbortMarker, readBatches } from './batch.ts'
import type { FetchedPartition } from './fetch.ts'
import { logStart, NOTHING_LEFT, partitionReader, type Range } from './scan.ts'
import { addBatch, newTally } from './tally.ts'

/**
 * Finds the records of a range that a read_committed reader leaves out and a read_uncommitted one gets: those of transactions
 * that were aborted, and those of transactions that are not decided. The log itself tells, by the marker that ends a producer's
 * transaction; it is read beyond the range as far as the last of them is decided, at most to its end.
 */
export async function scanUncommitted(
  connections: BrokerConnections,
  range: Range,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<UncommittedScan> {
  const reader = partitionReader(connections, range, 'uncommitted', timeoutMs, signal)
  const aborted: UncommittedRange[] = []
  const undecided = new Map<bigint, UncommittedRange[]>()
  let position = range.from
  for (let empty = 0; position < range.to || undecided.size > 0;) {
    signal?.throwIfAborted()
    const answer = await reader(position)
    if (answer === 'out-of-range') {
      const start = await logStart(connections, range, timeoutMs, signal)
      if (start <= position) break
      position = start
      continue
    }
    const next = sort(answer, position, range, aborted, undecided)
    empty = next > position ? 0 : empty + 1
    position = empty < NOTHING_LEFT ? next : Math.max(next, Number(answer.highWatermark))
    if (position >= answer.highWatermark) break
  }
  return {
    aborted: inOrder(aborted),
    open: inOrder([...undecided.values()].flat()),
    complete: position >= range.to,
  }
}

/** Gives each transactional batch of the range to its producer until that one's marker comes; returns where to go on. */
function sort(
  { records }: FetchedPartition,
  position: number,
  range: Range,
  aborted: UncommittedRange[],
  undecided: Map<bigint, UncommittedRange[]>,
): number {
  let next = position
  for (const batch of readBatches(records)) {
    if (batch.lastOffset < BigInt(position)) continue
    next = Number(batch.lastOffset) + 1
    const before = undecided.get(batch.producerId) ?? []
    if (batch.control) {
      if (isAbortMarker(batch)) aborted.push(...before)
      undecided.delete(batch.producerId)
      continue
    }
    const part = batch.transactional ? partOf(batch, range) : null
    if (part !== null) undecided.set(batch.producerId, [...before, part])
  }
  return next
}

/** What of a batch lies in the range; null: nothing. */
function partOf(batch: Batch, { from, to }: Range): UncommittedRange | null {
  const tally = newTally()
  addBatch(tally, batch, BigInt(from), BigInt(to))
  if (tally.records === 0) return null
  return [Math.max(from, Number(batch.baseOffset)), Math.min(to, Number(batch.lastOffset) + 1), tally.records]
}

/** Ranges that follow each other without a gap are one. */
function inOrder(ranges: UncommittedRange[]): UncommittedRange[] {
  const joined: UncommittedRange[] = []
  for (const [from, to, records] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1)
    if (last !== undefined && last[1] === from) joined[joined.length - 1] = [last[0], to, last[2] + records]
    else joined.push([from, to, records])
  }
  return joined
}
