import {
  describeProducersV0,
  describeTransactionsV0,
  listTransactionsV0,
  metadataV12,
  type API,
} from '@platformatic/kafka'
import { expect, test } from 'vitest'
import type { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { readOpenTransactions } from '../../src/adapters/kafka/transactions/open-transactions.ts'

/**
 * A transaction that hangs cannot be had from a broker that verifies partitions (Kafka 3.6 and later), so the brokers'
 * answers are made up here. Everything else is asked of real ones in kafka-cluster.test.ts.
 */

const asked = [{ topic: 't', partition: 0 }]
const producer = (producerId: bigint, currentTxnStartOffset: bigint) => ({
  producerId,
  producerEpoch: 0,
  lastSequence: 0,
  lastTimestamp: BigInt(Date.now() - 90_000),
  coordinatorEpoch: 0,
  currentTxnStartOffset,
})

/** `looks`: the producers of t-0, look by look. */
function brokers(looks: ReturnType<typeof producer>[][], state: string | null): BrokerConnections {
  let look = 0
  const answers = new Map<unknown, () => unknown>([
    [
      metadataV12.api,
      () => ({
        clusterId: 'x',
        brokers: [{ nodeId: 1, host: 'localhost', port: 1 }],
        topics: [
          {
            errorCode: 0,
            name: 't',
            topicId: 'id',
            isInternal: false,
            partitions: [{ partitionIndex: 0, leaderId: 1, replicaNodes: [1] }],
          },
        ],
      }),
    ],
    [
      describeProducersV0.api,
      () => ({
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, activeProducers: looks[look++] }] }],
      }),
    ],
    [
      listTransactionsV0.api,
      () => {
        if (state === null) throw new Error('Connection closed')
        return {
          errorCode: 0,
          transactionStates: [{ transactionalId: 'app-1', producerId: 7n, transactionState: state }],
        }
      },
    ],
    [
      describeTransactionsV0.api,
      () => ({
        transactionStates: [
          {
            errorCode: 0,
            transactionalId: 'app-1',
            transactionState: state,
            transactionTimeoutMs: 60_000,
            transactionStartTimeMs: state === 'Ongoing' ? BigInt(Date.now() - 12_000) : -1n,
            producerId: 7n,
          },
        ],
      }),
    ],
  ])
  const call = (_broker: unknown, api: API<never[], unknown>) => Promise.resolve().then(() => answers.get(api)?.())
  return { alias: 'T', call } as unknown as BrokerConnections
}

const read = (looks: ReturnType<typeof producer>[][], state: string | null) =>
  readOpenTransactions(brokers(looks, state), asked, 1_000, undefined)

test('one that its coordinator has ended and that a second look still finds hangs', async () => {
  const open = producer(7n, 40n)
  expect(await read([[open], [open]], 'CompleteAbort')).toMatchObject([
    { transactionalId: 'app-1', producerId: '7', hanging: true, ageSeconds: 90, partitions: [['t', 0, 40]] },
  ])
})

test('one that ended between the looks does not, nor does the next of the same producer', async () => {
  expect(await read([[producer(7n, 40n)], [producer(7n, -1n)]], 'CompleteCommit')).toEqual([])
  expect(await read([[producer(7n, 40n)], [producer(7n, 44n)]], 'CompleteCommit')).toEqual([])
})

test('one under way is as old as its coordinator says, and is not looked for twice', async () => {
  expect(await read([[producer(7n, 40n)]], 'Ongoing')).toMatchObject([
    { hanging: false, ageSeconds: 12, timeoutSeconds: 60, state: 'Ongoing' },
  ])
})

test('when no coordinator answers, the producer and its last write are still told', async () => {
  expect(await read([[producer(7n, 40n)]], null)).toMatchObject([
    { transactionalId: null, producerId: '7', hanging: false, ageSeconds: 90, unknown: 'no answer from localhost:1' },
  ])
})
