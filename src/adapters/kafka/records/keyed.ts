import { produceV9 } from '@platformatic/kafka'
import type { KeyedRecord } from '../../../ports/cluster.ts'
import { rejected } from '../../../ports/failures.ts'
import { readEnds } from '../ends.ts'
import { expectVisible, readMetadata } from '../metadata.ts'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { BrokerRefusal, expectSuccess, withRowErrors } from '../net/refusal.ts'
import { decodeBatch } from './batch.ts'
import { committedBatches } from './committed-batches.ts'
import { committedReader } from './scan.ts'

/** One partition, so that its order is that of the writes. */
const partition = 0
const ALL_IN_SYNC = -1

/** Bytes of the records of one owner: two memories of the largest pair, many times over. */
const mostBytes = 64 * 1024 * 1024

/** The last record of each key. Whoever may write the topic cannot have us keep more than the limit. */
class Newest {
  readonly #owner: string | null
  readonly #newest = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(owner: string | null) {
    this.#owner = owner
  }

  /** False: that is more than is kept. */
  add(key: string, value: Uint8Array): boolean {
    if (this.#owner !== null && key !== this.#owner && !key.startsWith(`${this.#owner}/`)) return true
    this.#bytes += value.length - (this.#newest.get(key)?.length ?? -key.length)
    // Put in anew: in the order in which they were written last.
    this.#newest.delete(key)
    // A copy: a view would keep its whole batch.
    this.#newest.set(key, Uint8Array.from(value))
    return this.#bytes <= mostBytes
  }

  get records(): KeyedRecord[] {
    return [...this.#newest].map(([key, value]) => ({ key, value }))
  }
}

/** The last record of each key between `from` and the end; records without key or value are left out. */
export async function readKeyed(
  connections: BrokerConnections,
  { topic, from, owner }: { topic: string; from: number; owner: string | null },
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ records: KeyedRecord[]; end: number } | null> {
  const [ends] = await readEnds(connections, [topic], timeoutMs, signal)
  const row = ends?.partitions.find(([number]) => number === partition)
  if (row === undefined) return null
  const [, start, , end] = row
  const newest = new Newest(owner)
  const read = committedReader(connections, { topic, partition, from: start, to: end }, timeoutMs, signal)
  // An offset beyond the end is one of a topic that was created again since.
  for (let position = from >= start && from <= end ? from : start; position < end;) {
    signal?.throwIfAborted()
    const answer = await read(position)
    if (answer === 'out-of-range') throw unfinished(topic, position, end)
    let next = position
    for (const { batch, aborted } of committedBatches(answer)) {
      if (Number(batch.lastOffset) >= next) next = Number(batch.lastOffset) + 1
      if (batch.control || aborted) continue
      for (const { offset, key, value } of decodeBatch(batch)) {
        if (Number(offset) < position || key === null || value === null) continue
        if (!newest.add(key.toString(), value))
          throw rejected(
            `${topic} holds more than ${mostBytes / 1024 / 1024} MB of ${owner ?? 'all keys'}: somebody else writes there. Check who may (\`switchback check\`).`,
          )
      }
    }
    if (next === position) throw unfinished(topic, position, end)
    position = next
  }
  return { records: newest.records, end }
}

/** Never taken for the end: what is missing could be the newest memory. */
function unfinished(topic: string, position: number, end: number): BrokerRefusal {
  return new BrokerRefusal('OFFSET_NOT_AVAILABLE', `${topic} from offset ${position} to ${end}`, true)
}

/** One request a record: the next one is sent when all in-sync replicas have this one. */
export async function appendKeyed(
  connections: BrokerConnections,
  topic: string,
  records: KeyedRecord[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  let end = 0
  for (const { key, value } of records) {
    signal?.throwIfAborted()
    end = await overElections(timeoutMs, signal, async () => {
      const leader = await leaderOf(connections, topic, signal)
      const message = { topic, partition, key: Buffer.from(key), value: Buffer.from(value) }
      const answer = await withRowErrors(
        connections.call(leader, produceV9.api, [ALL_IN_SYNC, timeoutMs, [message]], signal),
      )
      const written = typeof answer === 'boolean' ? undefined : answer.responses[0]?.partitionResponses[0]
      if (written === undefined) throw new BrokerRefusal('UNKNOWN_SERVER_ERROR', `a record for ${topic}`, true)
      expectSuccess(written.errorCode, `a record of ${value.length} bytes for ${topic}`)
      return Number(written.baseOffset) + 1
    })
  }
  return end
}

async function leaderOf(
  connections: BrokerConnections,
  topic: string,
  signal: AbortSignal | undefined,
): Promise<BrokerAddress> {
  const metadata = await readMetadata(connections, [topic], signal)
  expectVisible(metadata)
  const row = metadata.topics.get(topic)?.partitions.find((candidate) => candidate.partition === partition)
  const leader = row && metadata.brokers.get(row.leader)
  if (leader === undefined) throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic}`, true)
  return leader
}
