import { createHash } from 'node:crypto'
import type { RangeDigest } from '../../../ports/cluster.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { type Batch, type BatchRecord, decodeBatch, isDense, isReadable } from './batch.ts'
import { committedBatches } from './committed-batches.ts'
import type { Isolation } from './fetch.ts'
import { logStart, NOTHING_LEFT, partitionReader, type Range } from './scan.ts'

/** Sums stay within so many bits. */
const MODULUS = 1n << 128n

interface Sum {
  records: number
  sum: bigint
  unreadable: boolean
  /** A batch that could not be read here, and of which the header does not tell how much lies in the range. */
  uncounted: boolean
}

/** Data records of a range by number and sum of hashes: the same on both sides of a mirroring, whatever lies between them. */
export async function digestRange(
  connections: BrokerConnections,
  range: Range,
  isolation: Isolation,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<RangeDigest> {
  const reader = partitionReader(connections, range, isolation, timeoutMs, signal)
  const sum: Sum = { records: 0, sum: 0n, unreadable: false, uncounted: false }
  let position = range.from
  let start: number | undefined
  for (let empty = 0; position < range.to && !sum.uncounted;) {
    signal?.throwIfAborted()
    const answer = await reader(position)
    if (answer === 'out-of-range') {
      const begins = await logStart(connections, range, timeoutMs, signal)
      // Cut off at its end; or what was not read yet expired behind what was.
      if (begins <= position || (position > range.from && position !== start)) break
      position = start = Math.min(begins, range.to)
      continue
    }
    const readable = Number(isolation === 'committed' ? answer.lastStable : answer.highWatermark)
    let next = position
    for (const { batch, aborted } of committedBatches(answer)) {
      if (Number(batch.lastOffset) < position) continue
      if (Number(batch.baseOffset) >= range.to) {
        next = range.to
        break
      }
      next = Math.min(Number(batch.lastOffset) + 1, range.to)
      if (!batch.control && !(aborted && isolation === 'committed')) addBatch(sum, batch, position, range.to)
    }
    empty = next > position ? 0 : empty + 1
    if (next === position && position >= readable) break
    position = empty < NOTHING_LEFT ? next : Math.min(readable, range.to)
  }
  return {
    records: sum.records,
    digest: sum.sum.toString(16).padStart(32, '0'),
    complete: position >= range.to && !sum.uncounted,
    ...(start === undefined ? {} : { start }),
    ...(sum.unreadable ? { unreadable: true } : {}),
  }
}

function addBatch(sum: Sum, batch: Batch, from: number, to: number): void {
  if (!isReadable(batch)) {
    sum.unreadable = true
    const first = Math.max(from, Number(batch.baseOffset))
    const end = Math.min(to, Number(batch.lastOffset) + 1)
    const whole = first === Number(batch.baseOffset) && end === Number(batch.lastOffset) + 1
    if (whole) sum.records += batch.count
    else if (isDense(batch)) sum.records += end - first
    else sum.uncounted = true
    return
  }
  for (const record of decodeBatch(batch)) {
    if (record.offset < BigInt(from) || record.offset >= BigInt(to)) continue
    sum.records++
    sum.sum = (sum.sum + hashOf(record)) % MODULUS
  }
}

function hashOf({ timestamp, key, value }: BatchRecord): bigint {
  const digest = createHash('sha256').update(`${timestamp}:`)
  for (const part of [key, value]) {
    digest.update(`${part === null ? -1 : part.length}:`)
    if (part !== null) digest.update(part)
  }
  return BigInt(`0x${digest.digest('hex').slice(0, 32)}`)
}
