import type { StoredRecord } from '../../../ports/cluster.ts'
import { readEnds } from '../ends.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { toOffset } from '../offset.ts'
import { type BatchRecord, decodeBatch } from './batch.ts'
import { committedBatches } from './committed-batches.ts'
import { committedReader, type Range } from './scan.ts'

/** Empty answers in a row, each after the broker's own wait, before nothing counts as readable there. */
const MAX_EMPTY_ANSWERS = 5

/** What one fetch brings of a range: its committed data records in order, and where to go on (`from`: nothing came). */
export async function readRecords(
  connections: BrokerConnections,
  range: Range,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ records: StoredRecord[]; next: number }> {
  const { topic, partition, from, to } = range
  if (from >= to) return { records: [], next: from }
  const reader = committedReader(connections, range, timeoutMs, signal)
  for (let empty = 0; empty < MAX_EMPTY_ANSWERS; empty++) {
    signal?.throwIfAborted()
    const answer = await reader(from)
    if (answer === 'out-of-range') {
      const [ends] = await readEnds(connections, [topic], timeoutMs, signal)
      const start = ends?.partitions.find(([number]) => number === partition)?.[1] ?? 0
      return { records: [], next: start <= from ? from : Math.min(start, to) }
    }
    const records: StoredRecord[] = []
    let next = BigInt(from)
    for (const { batch, aborted } of committedBatches(answer)) {
      if (batch.baseOffset >= to) {
        next = BigInt(to)
        break
      }
      if (!aborted && !batch.control) {
        const wanted = decodeBatch(batch).filter(({ offset }) => offset >= from && offset < to)
        records.push(...wanted.map((record) => stored(record, topic, partition)))
      }
      if (batch.lastOffset >= next) next = batch.lastOffset + 1n
    }
    if (next > from) return { records, next: Math.min(toOffset(next, topic, partition), to) }
    if (from >= answer.lastStable) break
  }
  return { records: [], next: from }
}

function stored(
  { offset, timestamp, key, value, headers }: BatchRecord,
  topic: string,
  partition: number,
): StoredRecord {
  return {
    offset: toOffset(offset, topic, partition),
    timestamp: Number(timestamp),
    key,
    value,
    // Kafka allows no header without a key; the library's type does.
    headers: headers.map(([name, content]) => [name ?? Buffer.alloc(0), content]),
  }
}
