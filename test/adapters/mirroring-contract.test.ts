import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import { until } from '../../lab/process/wait.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { clusterContract } from '../ports/cluster-contract.ts'
import { mirroringContract } from '../ports/mirroring-contract.ts'
import { evidenceOf } from './certificates-support.ts'

/** The contracts of `test/ports`, over real brokers and connectors: what the ports in memory are held to. */

const lab = useLab({ topics: [{ name: 'contract.waits', partitions: 1 }] })
const { ConfigResourceTypes, Partitioners } = kafkajs
const { DefaultPartitioner } = Partitioners

let evidence: ReturnType<typeof evidenceOf>
let clients: ReturnType<typeof clientsOf>
beforeAll(async () => {
  evidence = evidenceOf(lab())
  clients = clientsOf()
  await clients.connect()
})
afterAll(async () => {
  await clients?.close()
  await evidence?.close()
})

/** Clients of A, as its administrator. */
function clientsOf() {
  const kafka = kafkaClient(lab().a.bootstrap, lab().a.admin)
  const [admin, producer] = [kafka.admin(), kafka.producer({ createPartitioner: DefaultPartitioner })]
  const begin = async (transactionalId: string, topic: string, values: string[]) => {
    const one = kafka.producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 500 },
      createPartitioner: DefaultPartitioner,
    })
    await one.connect()
    // The first one waits until the broker has made its own topic for them.
    const open = await until(() => one.transaction(), { what: 'no transaction', timeoutMs: PATIENCE_MS })
    await open.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) })
    const over = async (end: Promise<void>) => {
      await end
      await one.disconnect()
    }
    return { commit: () => over(open.commit()), abort: () => over(open.abort()) }
  }
  const createTopic = async (topic: string, partitions = 1, settings: Record<string, string> = {}) => {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    await createServedTopics(admin, [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }])
  }
  return {
    connect: async () => {
      await Promise.all([admin.connect(), producer.connect()])
      // The cleaner pauses for 15 s otherwise.
      const configEntries = [{ name: 'log.cleaner.backoff.ms', value: '200' }]
      const { brokers } = await admin.describeCluster()
      const type = ConfigResourceTypes.BROKER
      const resources = brokers.map(({ nodeId }) => ({ type, name: String(nodeId), configEntries }))
      await admin.alterConfigs({ validateOnly: false, resources })
    },
    close: () => Promise.all([admin.disconnect(), producer.disconnect()]),
    begin,
    createTopic,
    deleteTopic: (topic: string) => admin.deleteTopics({ topics: [topic] }),
    produce: async (topic: string, records: [string, string][], how: { partition?: number; header?: string } = {}) => {
      const headers = how.header === undefined ? {} : { headers: { h: how.header } }
      const messages = records.map(([key, value]) => ({ key, value, partition: how.partition ?? 0, ...headers }))
      await producer.send({ topic, messages })
    },
    deleteRecordsBefore: (topic: string, offset: number) =>
      admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] }),
    join: async (groupId: string, topic: string) => {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic })
      await consumer.run({ eachMessage: async () => undefined })
      return async () => {
        await consumer.stop()
        await consumer.disconnect()
      }
    },
    /** Only closed segments are cleaned: another one begins with what is written now. */
    compact: async (topic: string) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      await producer.send({ topic, messages: [{ key: 'another segment', value: '', partition: 0 }] })
    },
  }
}

describe('a broker', () => {
  clusterContract('broker', () => ({ port: evidence.source, ...clients }))
})

describe("MirrorMaker 2's connectors", () => {
  mirroringContract('connectors', () => ({
    port: evidence.position,
    source: evidence.source,
    target: evidence.deps.ports.cluster('B'),
    copyOf: (topic) => `${topic}.A`,
    createTopic: (topic) => clients.createTopic(topic),
    produce: (topic, values) =>
      clients.produce(
        topic,
        values.map((value): [string, string] => [value, value]),
      ),
    transact: async (topic, values) => (await clients.begin('contract-mirrored', topic, values)).commit(),
    movesPosition: true,
  }))
})
