import { describeProducersV0 } from '@platformatic/kafka'
import { byLeader } from '../ends.ts'
import { kafkaErrorName } from '../failures.ts'
import { expectVisible, readMetadata } from '../metadata.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { withRowErrors, refusalOf } from '../net/refusal.ts'

/** What a partition's leader remembers of one producer; it forgets idle ones after `producer.id.expiration.ms` (a day). */
export interface PartitionProducer {
  topic: string
  partition: number
  producerId: bigint
  epoch: number
  /** Of its last record. */
  sequence: number
  /** Offset of the first record of its open transaction; -1: it has none here. */
  transactionStart: number
  /** It has ended a transaction here, or has one open. */
  transactional: boolean
  /** ms since 1970; -1: not known. */
  lastWrite: number
}

export interface Producers {
  /** Those of the topics asked for that exist. */
  topics: string[]
  producers: PartitionProducer[]
  /** Partitions nothing is known of, and why, in Kafka's word. */
  unanswered: { topic: string; partition: number; why: string; failure: unknown }[]
}

/** The producers of all partitions of the topics that exist, asked of each leader. It needs Read on the topic. */
export async function describeProducers(
  connections: BrokerConnections,
  topics: string[],
  signal: AbortSignal | undefined,
): Promise<Producers> {
  const metadata = await readMetadata(connections, topics, signal)
  expectVisible(metadata)
  const found: Producers = { topics: [...metadata.topics.keys()], producers: [], unanswered: [] }
  await Promise.all(
    [...byLeader(metadata)].map(async ([leader, request]) => {
      const call = connections.call(leader, describeProducersV0.api, [request], signal)
      try {
        collect(found, (await withRowErrors(call)).topics)
      } catch (error) {
        signal?.throwIfAborted()
        const why = kafkaErrorName(error) ?? 'no answer'
        for (const { name, partitionIndexes } of request)
          found.unanswered.push(
            ...partitionIndexes.map((partition) => ({ topic: name, partition, why, failure: error })),
          )
      }
    }),
  )
  return found
}

type Answer = Awaited<ReturnType<typeof describeProducersV0.api.async>>

function collect(found: Producers, topics: Answer['topics']): void {
  for (const { name: topic, partitions } of topics) {
    for (const { partitionIndex: partition, errorCode, activeProducers } of partitions) {
      if (errorCode !== 0) {
        const failure = refusalOf(errorCode, `partition ${partition} of ${topic}`)
        found.unanswered.push({ topic, partition, why: failure.error, failure })
        continue
      }
      for (const producer of activeProducers) {
        const transactionStart = Number(producer.currentTxnStartOffset)
        found.producers.push({
          topic,
          partition,
          producerId: producer.producerId,
          epoch: producer.producerEpoch,
          sequence: producer.lastSequence,
          transactionStart,
          transactional: transactionStart >= 0 || producer.coordinatorEpoch >= 0,
          lastWrite: Number(producer.lastTimestamp),
        })
      }
    }
  }
}
