import { describeTransactionsV0, listTransactionsV0 } from '@platformatic/kafka'
import { kafkaErrorName } from '../failures.ts'
import { readMetadata } from '../metadata.ts'
import type { BrokerAddress, BrokerConnections } from '../net/connections.ts'
import { expectSuccess, withRowErrors } from '../net/refusal.ts'

/** A transaction as its coordinator knows it. */
export interface CoordinatedTransaction {
  transactionalId: string
  state: string
  /** ms since 1970; -1: none is under way. */
  startedAt: number
  timeoutMs: number
}

export interface Coordinated {
  byProducer: Map<bigint, CoordinatedTransaction>
  /** Why a coordinator did not answer, in Kafka's word; null: all of them did. */
  problem: string | null
}

/** States in which a coordinator has nothing left to do on any partition. */
const over = new Set(['Empty', 'CompleteCommit', 'CompleteAbort', 'Dead'])

/** Has its coordinator ended it? The state is set when the last marker is written. */
export function isOver({ state }: CoordinatedTransaction): boolean {
  return over.has(state)
}

/**
 * The transactions of these producers. Each broker lists those it coordinates, and leaves out the ones the user may not
 * describe, without a word.
 */
export async function readCoordinated(
  connections: BrokerConnections,
  producerIds: bigint[],
  signal: AbortSignal | undefined,
): Promise<Coordinated> {
  const found: Coordinated = { byProducer: new Map(), problem: null }
  const { brokers } = await readMetadata(connections, [], signal)
  await Promise.all(
    [...brokers.values()].map(async (broker) => {
      try {
        await readOf(connections, broker, producerIds, found.byProducer, signal)
      } catch (error) {
        signal?.throwIfAborted()
        found.problem ??= kafkaErrorName(error) ?? `no answer from ${broker.host}:${broker.port}`
      }
    }),
  )
  return found
}

async function readOf(
  connections: BrokerConnections,
  broker: BrokerAddress,
  producerIds: bigint[],
  byProducer: Coordinated['byProducer'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const listed = await withRowErrors(
    connections.call(broker, listTransactionsV0.api, [[], producerIds, -1n, null], signal),
  )
  expectSuccess(listed.errorCode, 'the list of transactions')
  for (const { transactionalId, producerId, transactionState } of listed.transactionStates)
    byProducer.set(producerId, { transactionalId, state: transactionState, startedAt: -1, timeoutMs: -1 })
  const ids = listed.transactionStates.map(({ transactionalId }) => transactionalId)
  if (ids.length === 0) return
  const described = await withRowErrors(connections.call(broker, describeTransactionsV0.api, [ids], signal))
  for (const row of described.transactionStates) {
    if (row.errorCode !== 0) continue
    byProducer.set(row.producerId, {
      transactionalId: row.transactionalId,
      state: row.transactionState,
      startedAt: Number(row.transactionStartTimeMs),
      timeoutMs: row.transactionTimeoutMs,
    })
  }
}
