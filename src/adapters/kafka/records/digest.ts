import { createHash } from 'node:crypto'
import type { RangeDigest } from '../../../ports/cluster.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { type BatchRecord, decodeBatch, isReadable } from './batch.ts'
import { committedBatches } from './committed-batches.ts'
import type { Isolation } from './fetch.ts'
import { logStart, MAX_EMPTY_ANSWERS, partitionReader, type Range } from './scan.ts'

/** Sums stay within so many bits. */
const MODULUS = 1n << 128n

/** Data records of a range by number and sum of hashes: the same on both sides of a mirroring, whatever lies between them. */
export async function digestRange(
  connections: BrokerConnections,
  range: Range,
  isolation: Isolation,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<RangeDigest> {
  const reader = partitionReader(connections, range, isolation, timeoutMs, signal)
  let [records, sum, unreadable] = [0, 0n, false]
  let position = range.from
  for (let empty = 0; position < range.to && empty < MAX_EMPTY_ANSWERS;) {
    signal?.throwIfAborted()
    const answer = await reader(position)
    if (answer === 'out-of-range') {
      const start = await logStart(connections, range, timeoutMs, signal)
      if (start <= position) break
      position = Math.min(start, range.to)
      continue
    }
    let next = position
    for (const { batch, aborted } of committedBatches(answer)) {
      if (Number(batch.lastOffset) < position) continue
      if (Number(batch.baseOffset) >= range.to) {
        next = range.to
        break
      }
      next = Math.min(Number(batch.lastOffset) + 1, range.to)
      if (batch.control || (aborted && isolation === 'committed')) continue
      if (!isReadable(batch)) {
        records += batch.count
        unreadable = true
        continue
      }
      for (const record of decodeBatch(batch)) {
        if (record.offset < BigInt(position) || record.offset >= BigInt(range.to)) continue
        records++
        sum = (sum + hashOf(record)) % MODULUS
      }
    }
    empty = next > position ? 0 : empty + 1
    position = next
  }
  return {
    records,
    digest: sum.toString(16).padStart(32, '0'),
    complete: position >= range.to,
    ...(unreadable ? { unreadable } : {}),
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
