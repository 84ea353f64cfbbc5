import type { Place } from '../../ports/cluster.ts'
import { EARLIEST, listOffsets, type OffsetQuestion } from './list-offsets.ts'
import { expectVisible, leadersOf, readMetadata, type ClusterMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { answered, placesByLeader } from './places.ts'

/**
 * For each place an offset that no record of this time stamp (ms) lies below, null where every record is earlier or the partition
 * is not there: one request a leader. A place may be asked about once. `metadata` is of their topics.
 */
export function readOffsetsAt(
  connections: BrokerConnections,
  wanted: readonly (Place & { timestamp: number })[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<{ offsets: (number | null)[]; metadata: ClusterMetadata }> {
  let refused = false
  return overElections(timeoutMs, signal, async () => {
    const names = () => [...new Set(wanted.map(({ topic }) => topic))]
    const read = refused ? readMetadata(connections, names(), signal) : leadersOf(connections, wanted, signal)
    refused = true
    const metadata = await read
    expectVisible(metadata)
    const questions = wanted.map(({ topic, partition, timestamp }): OffsetQuestion => ({
      topic,
      partition,
      // Negative ones are questions of their own; records without a time have -1.
      timestamp: timestamp >= 0 ? BigInt(timestamp) : EARLIEST,
    }))
    const byLeader = [...placesByLeader(metadata, questions)]
    const answers = await Promise.all(
      byLeader.map(([leader, asked]) => listOffsets(connections, leader, asked, 'high-watermark', signal)),
    )
    const there = new Set(byLeader.flatMap(([, asked]) => asked))
    const all = new Map(answers.flatMap((positions) => [...positions]))
    const offsets = questions.map((question) => {
      if (!there.has(question)) return null
      const offset = answered(all, question.topic, question.partition)
      return offset < 0 ? null : offset
    })
    return { offsets, metadata }
  })
}
