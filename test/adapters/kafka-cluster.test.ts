import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Consumer, initProducerIdV4, NumericMap, produceV9 } from '@platformatic/kafka'
import { admin as adminUser, type LabUser } from '../../lab/kafka/users.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { until } from '../../lab/process/wait.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { transactionLines } from '../../src/domain/certificate/open-transactions-text.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'
import { PATIENCE_MS } from '../patience.ts'
import { joinShareGroup, streamsHeartbeat } from './group-heartbeats.ts'
import { aclsOf, login, startTestBroker, type TestBroker } from './kafka-support.ts'

/** Starting a broker on a loaded machine, ms. */
const START_MS = 300_000
/** Tests that wait for the broker's own work (compaction, rebalances, restarts), ms. */
const SLOW_MS = 300_000

const app: LabUser = { username: 'app', password: 'app-secret' }
const { DefaultPartitioner } = kafkajs.Partitioners

let broker: TestBroker
let cluster: ClusterPort

beforeAll(async () => {
  broker = await startTestBroker()
  cluster = createKafkaCluster('T', broker.config({ principals: { 'User:app': login(app) } }))
}, START_MS)

afterAll(async () => {
  await cluster?.close()
  await broker?.close()
}, START_MS)

function acl(fields: Partial<AclEntry>): AclEntry {
  return {
    resource: 'topic',
    name: 'x',
    pattern: 'literal',
    principal: 'User:app',
    host: '*',
    operation: 'Write',
    permission: 'allow',
    ...fields,
  }
}

async function transactional(id: string) {
  const producer = broker.kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 500 },
    createPartitioner: DefaultPartitioner,
  })
  await producer.connect()
  return {
    // The first transaction waits until the broker has made its own topic for them.
    begin: () => until(() => producer.transaction(), { what: 'no transaction', timeoutMs: PATIENCE_MS }),
    disconnect: () => producer.disconnect(),
  }
}

/** A broker answers the end of a transaction before its markers are written. */
async function reaches(topic: string, end: number): Promise<void> {
  await until(async () => (await cluster.ends([topic]))[0]?.partitions[0]?.[2] === end, {
    what: `${topic} does not end at ${end}`,
    timeoutMs: PATIENCE_MS,
    pollMs: 20,
  })
}

describe('topics', () => {
  test('missing topics and the brokers own ones are left out', async () => {
    await broker.createTopic('topics.here', 2)
    const [described, ...others] = await cluster.describeTopics(['topics.here', 'topics.nowhere'])
    expect(others).toEqual([])
    expect(described).toMatchObject({ topic: 'topics.here', partitions: 2, offline: [] })
    const before = described?.topicId
    await broker.admin.deleteTopics({ topics: ['topics.here'] })
    await until(async () => (await cluster.describeTopics(['topics.here'])).length === 0, {
      what: 'the topic is still there',
      timeoutMs: PATIENCE_MS,
    })
    await broker.createTopic('topics.here', 2)
    expect((await cluster.describeTopics(['topics.here']))[0]?.topicId).not.toBe(before)
    await cluster.groupOffsets(['makes-the-offsets-topic'])
    expect(await cluster.listTopics()).toContain('topics.here')
    expect(await cluster.listTopics()).not.toContain('__consumer_offsets')
  })

  test('describe tells id, brokers and that there is an authorizer', async () => {
    expect(await cluster.describe()).toEqual({ clusterId: expect.any(String), brokers: 1, authorizer: true })
  })
})

describe('ends and scans', () => {
  test('an open transaction keeps the last stable offset below the high watermark', async () => {
    await broker.createTopic('ends.open')
    await broker.produce('ends.open', ['before'])
    const producer = await transactional('ends-open')
    const transaction = await producer.begin()
    await transaction.send({ topic: 'ends.open', messages: [{ value: 'undecided', partition: 0 }] })
    await broker.produce('ends.open', ['behind'])
    const [open] = await cluster.ends(['ends.open', 'ends.nowhere'])
    expect(open?.partitions).toEqual([[0, 0, 3, 1]])
    expect(await cluster.scan('ends.open', 0, 0, 3)).toMatchObject({ records: 1, complete: false })
    await transaction.commit()
    await reaches('ends.open', 4)
    const [decided] = await cluster.ends(['ends.open'])
    expect(decided).toMatchObject({ topicId: open?.topicId, partitions: [[0, 0, 4, 4]] })
    expect(await cluster.scan('ends.open', 0, 0, 4)).toMatchObject({ records: 3, controlMarkers: 1, complete: true })
    await producer.disconnect()
  })

  test('who holds a partition open is named: transactional id, producer, age and what it touches', async () => {
    await broker.createTopic('open.named', 3)
    const began = Date.now()
    const [one, other] = await Promise.all([transactional('open-one'), transactional('open-other')])
    const [first, second] = await Promise.all([one.begin(), other.begin()])
    await broker.produce('open.named', ['before'])
    await first.send({ topic: 'open.named', messages: [0, 1].map((partition) => ({ value: 'x', partition })) })
    await second.send({ topic: 'open.named', messages: [{ value: 'x', partition: 1 }] })
    const asked = [0, 1, 2].map((partition) => ({ topic: 'open.named', partition }))
    const open = await cluster.openTransactions(asked)
    expect(open.map(({ transactionalId }) => transactionalId)).toEqual(
      expect.arrayContaining(['open-one', 'open-other']),
    )
    expect(open).toHaveLength(2)
    expect(open.find(({ transactionalId }) => transactionalId === 'open-one')).toMatchObject({
      state: 'Ongoing',
      hanging: false,
      timeoutSeconds: expect.any(Number) as number,
      producerId: expect.stringMatching(/^\d+$/) as string,
      partitions: [
        ['open.named', 0, 1],
        ['open.named', 1, 0],
      ],
      partitionCount: 2,
    })
    // By the coordinator's clock, to the second, and never from before they were begun.
    const oldest = Date.now() - began + 1_000
    for (const { since, ageSeconds } of open) {
      expect(Date.now() - Date.parse(since ?? '')).toBeLessThan(oldest + 1_000)
      expect(ageSeconds).toBeLessThan(oldest / 1_000)
    }
    // Those asked about only; nothing is open on the third, and a topic that is gone is no failure.
    expect(await cluster.openTransactions([{ topic: 'open.named', partition: 2 }])).toEqual([])
    expect(await cluster.openTransactions([{ topic: 'open.gone', partition: 0 }])).toEqual([])
    await first.abort()
    await until(async () => (await cluster.openTransactions(asked)).length === 1, {
      what: 'open-one is still open',
      timeoutMs: PATIENCE_MS,
    })
    await second.commit()
    await Promise.all([one.disconnect(), other.disconnect()])
  })

  test(
    'a transaction that hangs is told as such, and the command we name ends it',
    async () => {
      await broker.createTopic('open.hanging')
      // Brokers since 3.6 ask the coordinator before they append; before that a late batch could open a transaction anew.
      const verification = (entries: { name: string; value: string }[]) =>
        broker.admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: '1', configEntries: entries }],
        })
      await verification([{ name: 'transaction.partition.verification.enable', value: 'false' }])
      const connections = new BrokerConnections('T', broker.config(), broker.config().sasl)
      const own = await transactional('open-hanging')
      await (await own.begin()).abort()
      const { producerId, producerEpoch } = await connections.call(null, initProducerIdV4.api, [
        'open-hanging',
        60_000,
        -1n,
        -1,
      ])
      const [host = '', port] = broker.bootstrap.split(':')
      const options = {
        transactionalId: 'open-hanging',
        producerId,
        producerEpoch,
        sequences: new NumericMap([['open.hanging:0', 0]]),
        compression: 'none' as const,
      }
      const late = { topic: 'open.hanging', partition: 0, value: Buffer.from('late') }
      // Refused until the broker has heard of the setting.
      await until(() => connections.call({ host, port: Number(port) }, produceV9.api, [-1, 5_000, [late], options]), {
        what: 'the late batch is refused',
        timeoutMs: PATIENCE_MS,
      })
      const asked = [{ topic: 'open.hanging', partition: 0 }]
      const [hanging] = await cluster.openTransactions(asked)
      expect(hanging).toMatchObject({
        transactionalId: 'open-hanging',
        hanging: true,
        partitions: [['open.hanging', 0, 0]],
      })
      expect((await cluster.ends(['open.hanging']))[0]?.partitions).toEqual([[0, 0, 1, 0]])
      const [said = ''] = transactionLines(hanging ? [hanging] : [], 1)
      const [, words = ''] = said.split('kafka-transactions.sh --bootstrap-server … ')
      await broker.tool('org.apache.kafka.tools.TransactionsCommand', ...words.split(' '))
      await reaches('open.hanging', 2)
      expect(await cluster.openTransactions(asked)).toEqual([])
      expect((await cluster.scanUncommitted('open.hanging', 0, 0, 2)).aborted).toEqual([[0, 1, 1]])
      await verification([])
      await Promise.all([own.disconnect(), connections.close()])
    },
    SLOW_MS,
  )

  test('what rights do not tell of an open transaction is left open, and said', async () => {
    await broker.createTopic('open.hidden')
    const producer = await transactional('open-hidden')
    const transaction = await producer.begin()
    await transaction.send({ topic: 'open.hidden', messages: [{ value: 'x', partition: 0 }] })
    const asked = [{ topic: 'open.hidden', partition: 0 }]
    const mayDescribe = [acl({ name: 'open.hidden', operation: 'Describe' })]
    const mayRead = [acl({ name: 'open.hidden', operation: 'Read' })]
    const asApp = createKafkaCluster('T', broker.config({ sasl: login(app) }))
    await cluster.createAcls(mayDescribe)
    expect(await asApp.openTransactions(asked)).toMatchObject([
      {
        transactionalId: null,
        producerId: null,
        partitions: [['open.hidden', 0, -1]],
        unknown: 'TOPIC_AUTHORIZATION_FAILED',
      },
    ])
    await cluster.createAcls(mayRead)
    const [named] = await asApp.openTransactions(asked)
    expect(named).toMatchObject({ transactionalId: null, hanging: false, partitions: [['open.hidden', 0, 0]] })
    expect(named?.producerId).toMatch(/^\d+$/)
    expect(named?.unknown).toContain('may not describe its transactional id')
    await cluster.deleteAcls([...mayDescribe, ...mayRead])
    await Promise.all([transaction.abort(), asApp.close()])
    await producer.disconnect()
  })

  test('a tail of markers alone holds no record', async () => {
    await broker.createTopic('scan.markers')
    const producer = await transactional('scan-markers')
    for (const outcome of ['commit', 'abort'] as const) {
      const transaction = await producer.begin()
      await transaction.send({ topic: 'scan.markers', messages: [{ value: outcome, partition: 0 }] })
      await transaction[outcome]()
      await reaches('scan.markers', outcome === 'commit' ? 2 : 4)
    }
    await producer.disconnect()
    // 0 committed, 1 its marker, 2 aborted, 3 its marker
    expect(await cluster.scan('scan.markers', 0, 0, 4)).toMatchObject({ records: 1, controlMarkers: 2, complete: true })
    const tail = await cluster.scan('scan.markers', 0, 1, 4)
    expect(tail).toEqual({ records: 0, controlMarkers: 2, bytes: 0, complete: true })
    expect(await cluster.scan('scan.markers', 0, 3, 4)).toMatchObject({ records: 0, controlMarkers: 1 })
  })

  test('records of an aborted transaction do not count, interleaved ones of others do', async () => {
    await broker.createTopic('scan.aborted')
    const [one, other] = await Promise.all([transactional('scan-aborted-1'), transactional('scan-aborted-2')])
    const send = { topic: 'scan.aborted', messages: [{ value: 'x', partition: 0 }] }
    const aborted = await one.begin()
    const committed = await other.begin()
    await aborted.send(send)
    await committed.send(send)
    await aborted.send(send)
    await broker.produce('scan.aborted', ['plain'])
    await aborted.abort()
    await reaches('scan.aborted', 5)
    await committed.send(send)
    const next = await one.begin()
    await next.send(send)
    await next.commit()
    await reaches('scan.aborted', 8)
    const undecided = await cluster.scanUncommitted('scan.aborted', 0, 0, 8)
    // Ranges that follow each other are one; the commit of `next` is in the log, that of `committed` is not.
    expect(undecided).toEqual({
      aborted: [
        [0, 1, 1],
        [2, 3, 1],
      ],
      open: [
        [1, 2, 1],
        [5, 6, 1],
      ],
      complete: true,
    })
    await committed.commit()
    await reaches('scan.aborted', 9)
    await Promise.all([one.disconnect(), other.disconnect()])
    const [ends] = await cluster.ends(['scan.aborted'])
    expect(ends?.partitions).toEqual([[0, 0, 9, 9]])
    // 0 a, 1 c, 2 a, 3 plain, 4 abort, 5 c, 6 next, 7 commit, 8 commit
    expect(await cluster.scan('scan.aborted', 0, 0, 9)).toMatchObject({ records: 4, controlMarkers: 3 })
    expect(await cluster.scan('scan.aborted', 0, 2, 5)).toMatchObject({ records: 1, controlMarkers: 1 })
    expect(await cluster.scan('scan.aborted', 0, 2, 3)).toMatchObject({ records: 0, controlMarkers: 0, complete: true })
    // The marker that decides lies behind the range.
    expect(await cluster.scanUncommitted('scan.aborted', 0, 1, 3)).toEqual({
      aborted: [[2, 3, 1]],
      open: [],
      complete: true,
    })
    expect((await cluster.scanUncommitted('scan.aborted', 0, 0, 99)).complete).toBe(false)
  })

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'a range that cuts through a batch is counted exactly: %s',
    async (codec) => {
      const topic = `scan.${codec}`
      await broker.createTopic(topic, 1, { 'compression.type': codec })
      const values = Array.from({ length: 100 }, (_, i) => `value ${i} ${'x'.repeat(100)}`)
      await broker.produce(topic, values.slice(0, 50))
      await broker.produce(topic, values.slice(50))
      const whole = await cluster.scan(topic, 0, 0, 100)
      expect(whole).toMatchObject({ records: 100, controlMarkers: 0, complete: true })
      expect(whole.bytes).toBeGreaterThan(100)
      expect(codec === 'uncompressed' || whole.bytes < 10_000).toBe(true)
      expect(await cluster.scan(topic, 0, 10, 20)).toMatchObject({ records: 10, complete: true })
      expect(await cluster.scan(topic, 0, 40, 60)).toMatchObject({ records: 20, complete: true })
      expect(await cluster.scan(topic, 0, 99, 100)).toMatchObject({ records: 1, complete: true })
    },
  )

  test('a range larger than one answer is read to its end, with the times of its records', async () => {
    await broker.createTopic('scan.large', 1, { 'max.message.bytes': '2000000' })
    const value = Buffer.alloc(300_000, 7)
    const start = Date.now()
    for (let i = 0; i < 30; i++) await broker.produce('scan.large', [value])
    const scan = await cluster.scan('scan.large', 0, 0, 30)
    expect(scan).toMatchObject({ records: 30, complete: true })
    expect(scan.bytes).toBeGreaterThan(9_000_000)
    expect(Date.parse(scan.firstTimestamp ?? '')).toBeGreaterThanOrEqual(start - 1000)
    expect(Date.parse(scan.lastTimestamp ?? '')).toBeGreaterThanOrEqual(Date.parse(scan.firstTimestamp ?? ''))
  })

  test('a batch of a producer that decompresses to more than a worker may hold fails alone, and fills nothing', async () => {
    await broker.createTopic('scan.bomb')
    const producer = broker.kafka.producer({ createPartitioner: DefaultPartitioner })
    await producer.connect()
    const messages = Array.from({ length: 3 }, () => ({ value: Buffer.alloc(30 * 1024 * 1024), partition: 0 }))
    await producer.send({ topic: 'scan.bomb', compression: kafkajs.CompressionTypes.GZIP, messages })
    await producer.disconnect()
    await broker.produce('scan.bomb', ['behind it'])
    const before = process.memoryUsage().rss
    await expect(cluster.scan('scan.bomb', 0, 1, 2)).rejects.toThrow('decompress to more than 64 MB')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
    // What is counted by its head needs no record of it.
    expect(await cluster.scan('scan.bomb', 0, 0, 4)).toMatchObject({ records: 4, complete: true })
    expect(await cluster.scan('scan.bomb', 0, 3, 4)).toMatchObject({ records: 1, complete: true })
  })

  test(
    'gaps that compaction left are not counted as records',
    async () => {
      await broker.createTopic('scan.compacted', 1, {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'compression.type': 'lz4',
      })
      const producer = broker.kafka.producer({ createPartitioner: DefaultPartitioner })
      await producer.connect()
      const send = (keys: string[]) =>
        producer.send({
          topic: 'scan.compacted',
          messages: keys.map((key) => ({ key, value: 'v', partition: 0 })),
        })
      // One batch of 20, of which every second key is written again later: 10 gaps among offsets 0 to 19.
      await send(Array.from({ length: 20 }, (_, i) => `key ${i}`))
      await send(Array.from({ length: 10 }, (_, i) => `key ${2 * i}`))
      let rolled = 30
      const compacted = await until(
        async () => {
          await send(['roll'])
          rolled++
          const scan = await cluster.scan('scan.compacted', 0, 0, 20)
          return scan.records === 10 && scan
        },
        { what: 'not compacted', timeoutMs: PATIENCE_MS, pollMs: 300 },
      )
      await producer.disconnect()
      expect(compacted.complete).toBe(true)
      // The odd keys survive: 5, 7, 9 of [4, 10).
      expect(await cluster.scan('scan.compacted', 0, 4, 10)).toMatchObject({ records: 3, complete: true })
      expect((await cluster.ends(['scan.compacted']))[0]?.partitions).toEqual([[0, 0, rolled, rolled]])
    },
    SLOW_MS,
  )

  test('after DeleteRecords the log starts later, and what is gone is not counted', async () => {
    await broker.createTopic('ends.deleted')
    await broker.produce('ends.deleted', ['a', 'b', 'c', 'd'])
    await broker.admin.deleteTopicRecords({ topic: 'ends.deleted', partitions: [{ partition: 0, offset: '3' }] })
    expect((await cluster.ends(['ends.deleted']))[0]?.partitions).toEqual([[0, 3, 4, 4]])
    expect(await cluster.scan('ends.deleted', 0, 0, 4)).toMatchObject({ records: 1, complete: true })
    expect(await cluster.scan('ends.deleted', 0, 0, 9)).toMatchObject({ records: 1, complete: false })
    await expect(cluster.scan('ends.deleted', 5, 0, 9)).rejects.toMatchObject({
      type: errorTypes.precondition,
      message: expect.stringContaining('Partition 5 of ends.deleted does not exist on cluster T'),
    })
  })

  test(
    '300 partitions are read in one go',
    async () => {
      const topics = Array.from({ length: 100 }, (_, i) => `many.${i}`)
      await broker.admin.createTopics({
        waitForLeaders: false,
        topics: topics.map((topic) => ({ topic, numPartitions: 3, replicationFactor: 1 })),
      })
      const rows = async () => (await cluster.ends(topics)).flatMap(({ partitions }) => partitions).length
      await until(async () => (await rows()) === 300, { what: 'not all are served', timeoutMs: PATIENCE_MS })
      const requests = vi.spyOn(BrokerConnections.prototype, 'call')
      try {
        expect(await rows()).toBe(300)
        // Metadata, then beginnings, ends and stable ends; not one for each topic.
        expect(requests.mock.calls.length).toBeLessThan(8)
      } finally {
        requests.mockRestore()
      }
    },
    SLOW_MS,
  )
})

describe('producers', () => {
  test('who wrote is told by id with its time, a transactional one by name, and one without an id not at all', async () => {
    await broker.createTopic('producers.seen', 2)
    await broker.produce('producers.seen', ['without an id'], { partition: 1 })
    expect(await cluster.producers(['producers.seen', 'producers.nowhere'])).toEqual([
      { topic: 'producers.seen', producers: [] },
    ])
    const before = Date.now() - 1_000
    const producer = await transactional('producers-seen')
    const transaction = await producer.begin()
    await transaction.send({ topic: 'producers.seen', messages: [{ value: 'x', partition: 0 }] })
    await transaction.commit()
    const [seen] = await cluster.producers(['producers.seen'])
    const [row, ...others] = seen?.producers ?? []
    expect(others).toEqual([])
    expect(row).toEqual([0, expect.any(Number), 0, 0, expect.any(Number)])
    const [, id = -1, , , at = 0] = row ?? []
    expect(at).toBeGreaterThan(before)
    expect(await cluster.transactionalIds([id])).toEqual([[id, 'producers-seen']])
    expect(await cluster.transactionalIds([id + 1_000_000])).toEqual([])
    await producer.disconnect()
  })
})

test('an Event Streams instance has no authorizer that could be asked: IAM manages its access', async () => {
  const eventStreams = {
    crn: 'crn:v1:bluemix:public:messagehub:us-south:a/x:y::',
    adminUrl: 'https://admin.example.org',
  }
  const instance = createKafkaCluster('T', broker.config({ eventStreams }))
  expect(await instance.describe()).toMatchObject({ authorizer: false })
  expect(await instance.access('User:app', 'Write', ['records.unasked'])).toMatchObject({
    allowed: ['records.unasked'],
  })
  await instance.close()
})

describe('groups', () => {
  beforeAll(async () => {
    await broker.createTopic('groups.topic', 2)
    await broker.produce('groups.topic', ['a', 'b', 'c'])
  })

  /** `as`: its client id; `read`: gets "partition/offset" of what it reads. From the start where nothing is committed. */
  interface Reading {
    as?: string
    read?: string[]
  }

  async function classicConsumer(groupId: string, { as = 'lab', read = [] }: Reading = {}) {
    const consumer = kafkaClient(broker.bootstrap, adminUser, { clientId: as }).consumer({
      groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 500,
      maxWaitTimeInMs: 200,
    })
    await consumer.connect()
    await consumer.subscribe({ topic: 'groups.topic', fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        read.push(`${partition}/${message.offset}`)
      },
    })
    return consumer
  }

  async function kip848Consumer(groupId: string, { as = 'new-protocol', read = [] }: Reading = {}) {
    const consumer = new Consumer({
      groupId,
      clientId: as,
      bootstrapBrokers: [broker.bootstrap],
      sasl: { mechanism: 'PLAIN', ...adminUser },
      groupProtocol: 'consumer',
    })
    const stream = await consumer.consume({
      topics: ['groups.topic'],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: 200,
    })
    stream.on('data', ({ partition, offset }) => read.push(`${partition}/${offset}`))
    const close = promisify((done: (error?: Error | null) => void) => consumer.close(true, done))
    return {
      async disconnect() {
        // Closed under its stream, the consumer throws at the stream's next look, where nobody can catch it.
        await stream.close()
        await close()
      },
    }
  }

  test.each([
    { protocol: 'classic', consume: classicConsumer, named: /lab/ },
    { protocol: 'consumer', consume: kip848Consumer, named: /new-protocol/ },
  ] as const)(
    'a $protocol group is absent, active with its members, then empty; its offsets are set only without members',
    async ({ protocol, consume, named }) => {
      const group = `groups.${protocol}`
      const wanted = { group, topics: [{ topic: 'groups.topic', offsets: [[0, 2] as [number, number]] }] }
      expect(await cluster.groupStates([group])).toEqual([{ group, state: 'absent', protocol: 'unknown', members: [] }])
      const consumer = await consume(group)
      const active = await until(
        async () => {
          const [state] = await cluster.groupStates([group])
          return state?.state === 'active' && state.members.length === 1 && state
        },
        { what: 'not active', timeoutMs: PATIENCE_MS },
      )
      expect(active.protocol).toBe(protocol)
      expect(active.members[0]).toMatch(named)
      await expect(cluster.setGroupOffsets(wanted)).rejects.toMatchObject({
        type: errorTypes.precondition,
        message: expect.stringMatching(
          new RegExp(`group ${group} on cluster T: the group is active, with .* at 127.0.0.1.*Stop its consumers`),
        ),
      })
      await consumer.disconnect()
      await until(async () => (await cluster.groupStates([group]))[0]?.state === 'empty', {
        what: 'not empty',
        timeoutMs: PATIENCE_MS,
      })
      await cluster.setGroupOffsets(wanted)
      const [offsets] = await cluster.groupOffsets([group], ['groups.topic'])
      expect(offsets?.topics[0]?.offsets.find(([partition]) => partition === 0)).toEqual([0, 2])
    },
    SLOW_MS,
  )

  test(
    'a group joined between the look and the write is refused by the broker, and so are the offsets',
    async () => {
      const { commitOffsets } = await import('../../src/adapters/kafka/groups/offsets.ts')
      const { BrokerConnections } = await import('../../src/adapters/kafka/net/connections.ts')
      const connections = new BrokerConnections('T', broker.config(), login(adminUser))
      const consumer = await classicConsumer('groups.race')
      await until(async () => (await cluster.groupStates(['groups.race']))[0]?.members.length === 1, {
        what: 'not joined',
        timeoutMs: PATIENCE_MS,
      })
      const wanted = {
        group: 'groups.race',
        topics: [{ topic: 'groups.topic', offsets: [[0, 1] as [number, number]] }],
      }
      await expect(commitOffsets(connections, wanted, 5_000, undefined)).rejects.toMatchObject({
        error: 'UNKNOWN_MEMBER_ID',
      })
      await consumer.disconnect()
      await connections.close()
    },
    SLOW_MS,
  )

  test('offsets without a place are refused by name, and nothing is set', async () => {
    const set = (topic: string, partition: number, offset: number) =>
      cluster.setGroupOffsets({
        group: 'groups.refused',
        topics: [
          { topic: 'groups.topic', offsets: [[1, 0]] },
          { topic, offsets: [[partition, offset]] },
        ],
      })
    const refused = (text: string) => ({ type: errorTypes.precondition, message: expect.stringContaining(text) })
    await expect(set('groups.topic', 0, 4)).rejects.toMatchObject(
      refused('partition 0 of groups.topic: 4 is not within 0 and 3'),
    )
    await expect(set('groups.topic', 2, 0)).rejects.toMatchObject(refused('groups.topic has no partition 2 (it has 2)'))
    await expect(set('groups.gone', 0, 0)).rejects.toMatchObject(refused('groups.gone does not exist on T'))
    expect(await cluster.groupOffsets(['groups.refused'])).toEqual([{ group: 'groups.refused', topics: [] }])
  })

  test('a group that never existed is created with its offsets, topic by topic', async () => {
    await broker.createTopic('groups.other')
    const group = 'groups.fresh'
    const topics = [
      { topic: 'groups.other', offsets: [[0, 0]] as [number, number][] },
      { topic: 'groups.topic', offsets: [[0, 3], [1, 0]] as [number, number][] }, // prettier-ignore
    ]
    await cluster.setGroupOffsets({ group, topics })
    const [all] = await cluster.groupOffsets([group])
    expect(all?.topics.toSorted((a, b) => a.topic.localeCompare(b.topic))).toEqual(topics)
    expect(await cluster.groupOffsets([group], ['groups.other'])).toEqual([{ group, topics: [topics[0]] }])
    expect(await cluster.groupStates([group])).toMatchObject([{ state: 'empty', protocol: 'classic' }])
  })

  test.each([
    { protocol: 'classic', consume: classicConsumer },
    { protocol: 'consumer', consume: kip848Consumer },
  ] as const)(
    'a $protocol group goes on exactly where it was placed, and every member is named',
    async ({ protocol, consume }) => {
      const group = `groups.placed.${protocol}`
      const offsets: [number, number][] = [[0, 2], [1, 0]] // prettier-ignore
      await cluster.setGroupOffsets({ group, topics: [{ topic: 'groups.topic', offsets }] })
      const read: string[] = []
      const first = await consume(group, { as: 'first', read })
      await until(() => read.length > 0, { what: 'nothing is read', timeoutMs: PATIENCE_MS })
      const second = await consume(group, { as: 'stray', read })
      const members = await until(
        async () => {
          const [state] = await cluster.groupStates([group])
          return state?.state === 'active' && state.members.length === 2 && state.members
        },
        { what: 'not two members', timeoutMs: PATIENCE_MS },
      )
      expect(new Set(members.map((text) => text.split(' at ')[0]))).toEqual(new Set(['first', 'stray']))
      await Promise.all([first.disconnect(), second.disconnect()])
      await until(async () => (await cluster.groupStates([group]))[0]?.state === 'empty', {
        what: 'not empty',
        timeoutMs: PATIENCE_MS,
      })
      // "c" at offset 2 is the third of three records.
      expect([...new Set(read)]).toEqual(['0/2'])
      // Placed once more, now that nobody is in it.
      await cluster.setGroupOffsets({ group, topics: [{ topic: 'groups.topic', offsets }] })
    },
    SLOW_MS,
  )

  test('a share group is told as one: it has no offsets, and none can be set', async () => {
    const { BrokerConnections } = await import('../../src/adapters/kafka/net/connections.ts')
    const connections = new BrokerConnections('T', broker.config(), login(adminUser))
    const group = 'groups.share'
    expect(await connections.call(null, joinShareGroup, [group, 'groups.topic'])).toBe(0)
    expect(await cluster.groupStates([group])).toEqual([{ group, state: 'unknown', protocol: 'share', members: [] }])
    expect(await cluster.groupOffsets([group])).toEqual([{ group, topics: [] }])
    await expect(
      cluster.setGroupOffsets({ group, topics: [{ topic: 'groups.topic', offsets: [[0, 1]] }] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('is a share group') })
    await connections.close()
  })

  test('a streams group is active without names, then empty; then its offsets can be set', async () => {
    const { BrokerConnections } = await import('../../src/adapters/kafka/net/connections.ts')
    const connections = new BrokerConnections('T', broker.config(), login(adminUser))
    const group = 'groups.streams'
    const wanted = { group, topics: [{ topic: 'groups.topic', offsets: [[0, 1] as [number, number]] }] }
    expect(await connections.call(null, streamsHeartbeat, [group, 'groups.topic', 0])).toBe(0)
    expect(await cluster.groupStates([group])).toEqual([{ group, state: 'active', protocol: 'streams', members: [] }])
    await expect(cluster.setGroupOffsets(wanted)).rejects.toMatchObject({
      message: expect.stringContaining('members that cannot be named'),
    })
    expect(await connections.call(null, streamsHeartbeat, [group, 'groups.topic', -1])).toBe(0)
    await until(async () => (await cluster.groupStates([group]))[0]?.state === 'empty', {
      what: 'not empty',
      timeoutMs: PATIENCE_MS,
    })
    await cluster.setGroupOffsets(wanted)
    expect(await cluster.groupOffsets([group])).toEqual([wanted])
    await connections.close()
  })
})

describe('ACLs and access', () => {
  test('ACLs are listed as they were created, for the topics they bear on, and deleted one by one', async () => {
    const literal = acl({ name: 'acl.one' })
    const prefixed = acl({ name: 'acl.', pattern: 'prefixed', operation: 'Read', host: '127.0.0.1' })
    const deny = acl({ name: 'acl.one', permission: 'deny', principal: 'User:stranger' })
    const all = acl({ name: '*', operation: 'All', principal: 'User:stranger' })
    const elsewhere = acl({ name: 'other.', pattern: 'prefixed' })
    const group = acl({ resource: 'group', name: 'acl.one', operation: 'Read' })
    const created = [literal, prefixed, deny, all, elsewhere, group]
    await cluster.createAcls(created)
    await cluster.createAcls([literal])
    const here = await aclsOf(cluster, ['acl.one'])
    expect(here).toHaveLength(4)
    expect(here).toEqual(expect.arrayContaining([literal, prefixed, deny, all]))
    expect(await aclsOf(cluster, ['acl.two'])).toEqual(expect.not.arrayContaining([literal, deny]))
    await cluster.deleteAcls([deny])
    await cluster.deleteAcls([deny])
    expect(await aclsOf(cluster, ['acl.one'])).not.toContainEqual(deny)
    expect(await aclsOf(cluster, ['acl.one'])).toContainEqual(literal)
    await cluster.deleteAcls(created)
    expect(await aclsOf(cluster, ['acl.one', 'other.x'])).toEqual([])
    await expect(cluster.createAcls([acl({ operation: 'Wirte' })])).rejects.toMatchObject({
      type: errorTypes.rejected,
      message: expect.stringContaining('Not an ACL that Switchback can write: ALLOW Wirte on topic x'),
    })
  })

  test('asked as the principal, a DENY takes access away and its deletion gives it back', async () => {
    const topics = ['access.one', 'access.two']
    for (const topic of topics) await broker.createTopic(topic, 2)
    const allows = topics.map((name) => acl({ name }))
    const fence = acl({ name: 'access.one', permission: 'deny' })
    await cluster.createAcls(allows)
    const ask = async (operation: 'Write' | 'Read') => {
      const asked = await cluster.access('User:app', operation, [...topics, 'access.nowhere'])
      const { leaders, administers, ...answer } = asked
      expect(leaders).toHaveLength(2 * topics.length)
      expect(administers).toEqual([])
      return answer
    }
    const evidence = 'asked-as-principal'
    await expect.poll(() => ask('Write')).toEqual({ evidence, allowed: topics, denied: ['access.nowhere'] })
    expect(await ask('Read')).toEqual({ evidence, allowed: [], denied: [...topics, 'access.nowhere'] })

    await cluster.createAcls([fence])
    await expect
      .poll(() => ask('Write'))
      .toEqual({ evidence, allowed: ['access.two'], denied: ['access.one', 'access.nowhere'] })
    const producer = kafkaClient(broker.bootstrap, app).producer({ createPartitioner: DefaultPartitioner })
    await producer.connect()
    const produce = (topic: string) => producer.send({ topic, messages: [{ value: 'x', partition: 0 }] })
    await expect(produce('access.one')).rejects.toMatchObject({ message: /[Nn]ot authorized/ })
    await produce('access.two')
    await producer.disconnect()

    // No DENY stops a super user, and what it may do beside is in no ACL.
    const config = broker.config({ principals: { 'User:admin': login(adminUser) } })
    const asSuper = createKafkaCluster('T', config)
    await cluster.createAcls([acl({ name: 'access.one', principal: 'User:admin', permission: 'deny' })])
    expect(await asSuper.access('User:admin', 'Write', topics)).toMatchObject({ allowed: topics, administers: topics })
    await asSuper.close()
    await cluster.deleteAcls([acl({ name: 'access.one', principal: 'User:admin', permission: 'deny' })])

    await cluster.deleteAcls([fence])
    await expect.poll(() => ask('Write')).toMatchObject({ allowed: topics })
    await cluster.deleteAcls(allows)
  })

  test('a topic hidden from a principal that may still write to it is no proof of anything', async () => {
    await broker.createTopic('access.hidden')
    const acls = [
      acl({ name: 'access.hidden' }),
      acl({ name: 'access.hidden', operation: 'Describe', permission: 'deny' }),
    ]
    await cluster.createAcls(acls)
    await expect
      .poll(() => cluster.access('User:app', 'Write', ['access.hidden']).catch((error: Error) => error.message))
      .toMatch(/hides access\.hidden from User:app, although its ACLs allow Write there/)
    await cluster.deleteAcls(acls)
  })

  test('without the credentials of a principal its access is derived from the ACLs', async () => {
    const acls = [
      acl({ principal: 'User:stranger', name: 'derived.', pattern: 'prefixed' }),
      acl({ principal: 'User:stranger', name: 'derived.b', permission: 'deny' }),
    ]
    await cluster.createAcls(acls)
    expect(await cluster.access('User:stranger', 'Write', ['derived.a', 'derived.b'])).toEqual({
      evidence: 'derived-from-acls',
      allowed: ['derived.a'],
      denied: ['derived.b'],
    })
    const check = {
      principal: 'User:stranger',
      operation: 'Write' as const,
      of: 'topic' as const,
      names: ['derived.a'],
    }
    const asked = await cluster.accessByAcls([
      check,
      { ...check, principal: 'User:app' },
      { ...check, principal: 'User:nobody' },
      { ...check, operation: 'Read', of: 'group', names: ['g'] },
    ])
    expect(asked.map((answer) => answer && [answer.allowed, answer.denied])).toEqual([
      [['derived.a'], []],
      null,
      [[], ['derived.a']],
      [[], ['g']],
    ])
    await cluster.deleteAcls(acls)
  })
})

describe('logins', () => {
  /** Every kind of request, so that every client of the adapter has had to log in. */
  async function useEverything(port: ClusterPort): Promise<void> {
    try {
      expect(await port.describe()).toMatchObject({ brokers: 1, authorizer: true })
      expect(await port.acls(['none'])).toEqual([[]])
    } finally {
      await port.close()
    }
  }

  test.each(['PLAIN', 'SCRAM-SHA-256'] as const)('%s, with and without TLS', async (mechanism) => {
    const sasl = login(adminUser, mechanism)
    await useEverything(createKafkaCluster('T', broker.config({ sasl })))
    const tls = { caFile: broker.caFile, serverName: 'localhost', rejectUnauthorized: true }
    await useEverything(createKafkaCluster('T', broker.config({ sasl, tls, bootstrap: [broker.tlsBootstrap] })))
  })

  test('a certificate nobody vouches for is rejected with the setting to correct', async () => {
    const port = createKafkaCluster(
      'T',
      broker.config({ tls: { rejectUnauthorized: true }, bootstrap: [broker.tlsBootstrap] }),
    )
    await expect(port.describe()).rejects.toMatchObject({
      type: errorTypes.rejected,
      message: expect.stringMatching(/cluster T: its TLS certificate.*self-signed.*clusters\.T\.tls/s),
    })
    await port.close()
  })

  test.each(['PLAIN', 'SCRAM-SHA-256'] as const)(
    'a wrong password (%s) is rejected in words, without the secret',
    async (mechanism) => {
      const secret = 'hunter2-never-shown'
      const port = createKafkaCluster('T', broker.config({ sasl: login(adminUser, mechanism, secret) }))
      const error = await port.ends(['x']).catch((caught: unknown) => caught)
      expect(error).toMatchObject({
        type: errorTypes.rejected,
        message: expect.stringMatching(
          new RegExp(
            `Cannot read the ends of x on cluster T: it refused the login of admin \\(${mechanism}\\).*clusters\\.T`,
          ),
        ),
      })
      const told: string[] = []
      for (let at: unknown = error; at instanceof Error; at = at.cause) told.push(at.message, at.stack ?? '')
      expect(told.join('\n')).not.toContain(secret)
      await port.close()
    },
  )

  test('a corrected secret counts at the next call', async () => {
    const sasl = login({ username: 'admin', password: 'not yet' })
    const port = createKafkaCluster('T', broker.config({ sasl }))
    await expect(port.acls(['x'])).rejects.toMatchObject({ type: errorTypes.rejected })
    login(adminUser)
    expect(await port.acls(['x'])).toEqual([[]])
    await port.close()
  })

  test('a user without rights is told what is missing', async () => {
    await broker.createTopic('rights.topic')
    const port = createKafkaCluster('T', broker.config({ sasl: login(app) }))
    await expect(port.ends(['rights.topic'])).rejects.toMatchObject({
      type: errorTypes.rejected,
      message: expect.stringMatching(/TOPIC_AUTHORIZATION_FAILED for rights\.topic\. Allow it to app by an ACL/),
    })
    await expect(port.acls(['rights.topic'])).rejects.toMatchObject({
      message: expect.stringContaining('CLUSTER_AUTHORIZATION_FAILED'),
    })
    await port.close()
  })
})

// These stop the broker: they stay last, in this order.
describe('a broker that is gone', () => {
  test(
    'one that does not answer is unreachable within the timeout, and an abort ends the wait at once',
    async () => {
      const port = createKafkaCluster('T', broker.config({ timeoutMs: 1_500 }))
      const patient = createKafkaCluster('T', broker.config({ timeoutMs: PATIENCE_MS }))
      await Promise.all([port.describe(), patient.describe()])
      broker.process.pause()
      try {
        const controller = new AbortController()
        const aborted = patient.ends(['groups.topic'], controller.signal)
        setTimeout(() => controller.abort(new Error('called off')), 100)
        await expect(aborted).rejects.toThrow('called off')
        const start = performance.now()
        await expect(port.acls(['x'], AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
        await expect(port.ends(['groups.topic'])).rejects.toMatchObject({
          type: errorTypes.unreachable,
          message: expect.stringMatching(/no broker of cluster T answers \(127\.0\.0\.1:\d+; .*waited at most 1500 ms/),
        })
        // Now there is no connection left: a new one is accepted by the system, but nobody logs it in.
        await expect(port.describe()).rejects.toMatchObject({ type: errorTypes.unreachable })
        await expect(port.acls(['x'])).rejects.toMatchObject({ type: errorTypes.unreachable })
        // Three waits that end by themselves; a client without limits would go on for minutes.
        expect(performance.now() - start).toBeLessThan(PATIENCE_MS / 2)
      } finally {
        broker.process.resume()
      }
      expect(await port.ends(['groups.topic'])).toHaveLength(1)
      await Promise.all([port.close(), patient.close()])
    },
    SLOW_MS,
  )

  test(
    'a dead one is unreachable at once, for reads and ACLs, and used again after its restart',
    async () => {
      await broker.process.stop()
      // The refusal is told, and not that nobody answered for as long as we wait.
      const dead = { type: errorTypes.unreachable, message: expect.stringContaining('ECONNREFUSED') }
      await expect(cluster.describe()).rejects.toMatchObject(dead)
      await expect(cluster.createAcls([acl({})])).rejects.toMatchObject(dead)
      await expect(cluster.access('User:app', 'Write', ['groups.topic'])).rejects.toMatchObject(dead)
      broker.withoutAuthorizer()
      await broker.process.start()
      expect((await cluster.ends(['groups.topic']))[0]?.partitions[0]).toEqual([0, 0, 3, 3])
    },
    SLOW_MS,
  )

  test('a bootstrap list with a dead member costs nothing', async () => {
    const port = createKafkaCluster('T', broker.config({ bootstrap: ['127.0.0.1:1', broker.bootstrap] }))
    expect(await port.describe()).toMatchObject({ brokers: 1 })
    await port.close()
  })

  test('without an authorizer there are no ACLs, everything is allowed, and none can be created', async () => {
    expect(await cluster.describe()).toMatchObject({ authorizer: false })
    expect(await aclsOf(cluster, ['groups.topic'])).toEqual([])
    expect(await cluster.access('User:app', 'Write', ['groups.topic'])).toMatchObject({
      evidence: 'asked-as-principal',
      allowed: ['groups.topic'],
    })
    expect(await cluster.access('User:stranger', 'Write', ['groups.topic'])).toMatchObject({
      evidence: 'derived-from-acls',
      allowed: ['groups.topic'],
    })
    await expect(cluster.createAcls([acl({})])).rejects.toMatchObject({
      type: errorTypes.precondition,
      message: expect.stringContaining('Cluster T has no authorizer, so no ACL can fence it'),
    })
  })
})
