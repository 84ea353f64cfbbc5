import type { RangeScan } from '../../../ports/cluster.ts'
import { precondition } from '../../../ports/failures.ts'
import { readEnds } from '../ends.ts'
import { expectVisible, readMetadata } from '../metadata.ts'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { overElections } from '../net/elections.ts'
import { BrokerRefusal, expectSuccess } from '../net/refusal.ts'
import { committedBatches } from './committed-batches.ts'
import { fetchBatches, type FetchedPartition, type Isolation } from './fetch.ts'
import { addBatch, newTally, type Tally } from './tally.ts'

export interface Range {
  topic: string
  partition: number
  /** Inclusive. */
  from: number
  /** Exclusive. */
  to: number
}

const OFFSET_OUT_OF_RANGE = 1
/**
 * Empty answers in a row, each after the broker's own wait, below what is readable: compaction has left nothing of the rest. The
 * first could be a broker that is late.
 */
export const NOTHING_LEFT = 2

/**
 * Counts what a read_committed reader would see in a range, without a group. What lies before the log's start is gone and
 * not counted. Not `complete`: the range reaches beyond the last stable offset, or its last offsets could not be read.
 */
export async function scanRange(
  connections: BrokerConnections,
  range: Range,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<RangeScan> {
  const tally = newTally()
  const reader = committedReader(connections, range, timeoutMs, signal)
  let position = range.from
  for (let empty = 0; position < range.to;) {
    signal?.throwIfAborted()
    const answer = await reader(position)
    if (answer === 'out-of-range') {
      const start = await logStart(connections, range, timeoutMs, signal)
      if (start <= position) break
      position = Math.min(start, range.to)
      continue
    }
    const next = count(tally, answer, position, range.to)
    empty = next > position ? 0 : empty + 1
    if (next >= answer.lastStable && next < range.to) {
      position = next
      break
    }
    position = empty < NOTHING_LEFT ? next : Math.min(Number(answer.lastStable), range.to)
  }
  return { ...report(tally), complete: position >= range.to }
}

/** Of committed records only: see `partitionReader`. */
export function committedReader(
  connections: BrokerConnections,
  range: Range,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): PartitionReader {
  return partitionReader(connections, range, 'committed', timeoutMs, signal)
}

export type PartitionReader = (position: number) => Promise<FetchedPartition | 'out-of-range'>

/** Fetches from the partition's leader, which is looked up once and again after an election. */
export function partitionReader(
  connections: BrokerConnections,
  { topic, partition, from }: Range,
  isolation: Isolation,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): PartitionReader {
  let leader: BrokerAddress | undefined
  const findLeader = async () => {
    const metadata = await readMetadata(connections, [topic], signal)
    expectVisible(metadata)
    const row = metadata.topics.get(topic)?.partitions.find((candidate) => candidate.partition === partition)
    if (row === undefined) {
      throw precondition(
        `Partition ${partition} of ${topic} does not exist on cluster ${connections.alias}, so offsets from ${from} on cannot be read there: was the topic deleted or recreated?`,
      )
    }
    const broker = metadata.brokers.get(row.leader)
    if (broker === undefined)
      throw new BrokerRefusal('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic}`, true)
    return broker
  }
  return (position) =>
    overElections(timeoutMs, signal, async () => {
      const asked = leader ?? (await findLeader())
      leader = undefined
      const answer = await fetchBatches(connections, asked, topic, partition, position, isolation, signal)
      if (answer.errorCode !== OFFSET_OUT_OF_RANGE)
        expectSuccess(answer.errorCode, `partition ${partition} of ${topic}`)
      leader = asked
      return answer.errorCode === OFFSET_OUT_OF_RANGE ? 'out-of-range' : answer
    })
}

export async function logStart(
  connections: BrokerConnections,
  { topic, partition }: Range,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const [ends] = await readEnds(connections, [topic], timeoutMs, signal)
  const row = ends?.partitions.find(([number]) => number === partition)
  return row?.[1] ?? 0
}

/** Adds the committed part of an answer that lies in [position, to) and returns where to go on. */
function count(tally: Tally, answer: FetchedPartition, position: number, to: number): number {
  let next = BigInt(position)
  const end = BigInt(to)
  for (const { batch, aborted } of committedBatches(answer)) {
    if (batch.baseOffset >= end) return to
    if (!aborted) addBatch(tally, batch, BigInt(position), end)
    if (batch.lastOffset >= next) next = batch.lastOffset + 1n
  }
  return Number(next < end ? next : end)
}

function report({ first, last, ...counted }: Tally) {
  const time = (stamp: bigint) => new Date(Number(stamp)).toISOString()
  return {
    ...counted,
    ...(first === undefined ? {} : { firstTimestamp: time(first) }),
    ...(last === undefined ? {} : { lastTimestamp: time(last) }),
  }
}
