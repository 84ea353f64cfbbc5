import { listTransactionsV0 } from '@platformatic/kafka'
import type { ActiveProducer, TopicProducers } from '../../ports/cluster.ts'
import { readMetadata } from './metadata.ts'
import type { BrokerConnections } from './net/connections.ts'
import { overElections } from './net/elections.ts'
import { toOffset } from './offset.ts'
import { describeProducers } from './transactions/producers.ts'

/** Producers that every leader remembers of the topics that exist; fails where a leader does not tell. */
export function readProducers(
  connections: BrokerConnections,
  topics: string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TopicProducers[]> {
  return overElections(timeoutMs, signal, async () => {
    const told = await describeProducers(connections, topics, signal)
    const [silent] = told.unanswered
    if (silent) throw silent.failure
    return told.topics.map((topic) => ({
      topic,
      producers: told.producers
        .filter((producer) => producer.topic === topic)
        .map(({ partition, producerId, epoch, sequence, lastWrite }): ActiveProducer => {
          return [partition, toOffset(producerId, topic, partition), epoch, sequence, lastWrite]
        })
        .sort((a, b) => a[0] - b[0]),
    }))
  })
}

/** Asked of every broker: each keeps the transactional ids it coordinates. */
export async function readTransactionalIds(
  connections: BrokerConnections,
  producerIds: number[],
  signal: AbortSignal | undefined,
): Promise<[producerId: number, transactionalId: string][]> {
  if (producerIds.length === 0) return []
  const { brokers } = await readMetadata(connections, [], signal)
  const answers = await Promise.all(
    [...brokers.values()].map((broker) =>
      connections.call(broker, listTransactionsV0.api, [[], producerIds.map(BigInt), 0n, null], signal),
    ),
  )
  return answers.flatMap(({ transactionStates }) =>
    transactionStates.map(({ producerId, transactionalId }): [number, string] => [Number(producerId), transactionalId]),
  )
}
