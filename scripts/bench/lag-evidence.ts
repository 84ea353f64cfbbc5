import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { listOffsetsV7, metadataV12 } from '@platformatic/kafka'
import type kafkajs from 'kafkajs'
import { kafkaClient } from '../../lab/kafka/client.ts'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import { saslProperties } from '../../lab/kafka/users.ts'
import type { Tools } from '../../lab/tools.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import { lookAtBoth } from '../../src/activities/evidence/copies.ts'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { fetchPartitions } from '../../src/adapters/kafka/records/fetch.ts'
import { createPorts } from '../../src/adapters/ports.ts'
import type { Config } from '../../src/config/schema.ts'
import { median, timed, type Figure } from './figure.ts'
import { configurationOf, onManyTopics, PARTITIONS, RECORDS, SINCE, TOPICS } from './many-topics.ts'

const TIMES = 7
/** Topics that kafkajs is asked for one by one in each repetition; the rest takes as long again. */
const ONE_BY_ONE = 100
/** The same of those whose last records are read as well: a consumer for each topic. */
const SAME_ONE_BY_ONE = 20

/**
 * The whole evidence of a lag check: what Connect says is mirrored, how far every copy reaches, and start, high watermark and
 * last stable offset of every partition; beside the bare requests it needs, kafkajs topic by topic, and Kafka's own tool.
 */
export function lagEvidence(): Promise<Figure[]> {
  return onManyTopics(async (many) => {
    const { cluster, folder, tools, names, copies } = many
    const writer = { name: 'writer', kind: 'producer', topics: names.slice(0, 1), control: { adapter: 'manual' } }
    const config = configurationOf(many, { topics: names, applications: [writer] })
    const product = createPorts(() => config)
    try {
      const [source, link] = [product.cluster('A'), product.mirroring('bench', 'A', 'B')]
      const deps = { ports: product, config: () => config } as unknown as ActivityDeps
      const look = () => lookAtBoth(deps, { pair: 'bench', from: 'A', to: 'B', topics: names })
      await expectFound(look)
      const taken: Taken = {
        ours: await timed(TIMES, async () => {
          await link.mirroredTo(names)
          await look()
        }),
        onlyEnds: await timed(TIMES, () => source.ends(names)),
        onlyBoth: await timed(TIMES, look),
        onlyPositions: await timed(TIMES, () => link.mirroredTo(names)),
        bareAnswer: await timed(TIMES, () => connectAnswer(cluster)),
        ...(await bareRequests(config, names, copies)),
        oneByOne: await kafkajsOneByOne(cluster, names, copies),
        sameOneByOne: await kafkajsEvidence(cluster, names),
        tool: await kafkaTool(cluster, tools, folder),
      }
      return figures(taken)
    } finally {
      await product.close()
    }
  })
}

/** What nobody can do without: the positions as Connect sends them. */
async function connectAnswer({ connect }: LabCluster): Promise<void> {
  await (await fetch(`${connect.url}/connectors/A-B-source/offsets`)).text()
}

type Bare = Record<'metadata' | 'listOffsets' | 'listOffsetsByTime' | 'fetch', number[]>
type Ours = Record<'ours' | 'onlyEnds' | 'onlyBoth' | 'onlyPositions', number[]>
type Taken = Ours & Bare & Record<'bareAnswer' | 'oneByOne' | 'sameOneByOne' | 'tool', number[]>

function figures(taken: Taken): Figure[] {
  const measured = `${TOPICS} topics x ${PARTITIONS} partitions and as many copies, one broker, median of ${TIMES}`
  const [whole, ends, kafkajs] = [median(taken.ours), median(taken.onlyEnds), median(taken.oneByOne)]
  const [metadata, list, byTime] = [median(taken.metadata), median(taken.listOffsets), median(taken.listOffsetsByTime)]
  const [fetched, answer, same] = [median(taken.fetch), median(taken.bareAnswer), median(taken.sameOneByOne)]
  // Of each side: who leads; start, high watermark and last stable offset; the records. Of the source: where their time begins.
  const bothSides = 2 * metadata + 6 * list + byTime + 2 * fetched
  const bare = bothSides + answer
  const ms = (value: number) => `${value.toFixed(1)} ms`
  const listed =
    `Connect's answer ${ms(answer)}; of each side metadata 2 x ${ms(metadata)}, ListOffsets of start, high watermark and ` +
    `last stable offset 6 x ${ms(list)}, Fetch of the last records 2 x ${ms(fetched)}; of the source ListOffsets by time ${ms(byTime)}`
  return [
    {
      what: 'lag evidence, whole pass: mirrored-to, how far the copies reach, start, high watermark, last stable offset',
      unit: 'ms',
      ours: whole,
      peers: [
        { name: 'the bare requests it needs', value: bare },
        { name: `kafkajs topic by topic, the same evidence, ${SAME_ONE_BY_ONE} topics measured`, value: same },
        { name: 'kafkajs topic by topic, watermarks of both sides only', value: kafkajs },
        { name: "Kafka's GetOffsetShell, one of the three offsets, JVM start included", value: median(taken.tool) },
      ],
      aim: {
        words: 'at most 2 times the bare requests, and at least 20 times faster than kafkajs topic by topic',
        holds: whole <= 2 * bare && same / whole >= 20,
      },
      with: `${measured}; ${(whole / bare).toFixed(2)} times the bare requests: ${listed}`,
    },
    {
      what: 'of it: offsets of all partitions of one side from the broker',
      unit: 'ms',
      ours: ends,
      peers: [{ name: 'its bare requests', value: metadata + 3 * list }],
      aim: null,
      with: measured,
    },
    {
      what: 'of it: ends of both sides, and how far all copies reach, their last records found on the source',
      unit: 'ms',
      ours: median(taken.onlyBoth),
      peers: [{ name: 'its bare requests', value: bothSides }],
      aim: null,
      with: `${measured}, none remembered`,
    },
    {
      what: 'of it: positions of all partitions from Connect',
      unit: 'ms',
      ours: median(taken.onlyPositions),
      peers: [{ name: "Connect's answer, fetched and not read", value: answer }],
      aim: null,
      with: measured,
    },
  ]
}

/** What is measured is a look that finds every copy: anything else would be quicker. */
async function expectFound(look: () => ReturnType<typeof lookAtBoth>): Promise<void> {
  const rows = (await look()).copies.flatMap((copy) => copy.rows)
  const found = rows.filter(([, , , , reached, match]) => match === 'found' && reached === RECORDS - 1)
  if (found.length === TOPICS * PARTITIONS) return
  const others = new Map<string, number>()
  for (const [, start, end, last, reached, match] of rows) {
    const seen = `${match}, start ${start}, end ${end}, last ${last}, reached ${reached}`
    others.set(seen, (others.get(seen) ?? 0) + 1)
  }
  const told = [...others].map(([seen, times]) => `${times} x ${seen}`).join('; ')
  throw new Error(`only ${found.length} of ${rows.length} copies were found: ${told}`)
}

/** Each request alone, its answer read and not looked into. */
async function bareRequests({ clusters }: Config, names: readonly string[], copies: readonly string[]): Promise<Bare> {
  const config = clusters['A']
  if (config === undefined) throw new Error('no cluster A')
  const connections = new BrokerConnections('A', config, config.sasl)
  const numbers = Array.from({ length: PARTITIONS }, (_, number) => number)
  const topics = (timestamp: bigint) =>
    names.map((name) => ({
      name,
      partitions: numbers.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
    }))
  const ends = copies.flatMap((topic) =>
    numbers.map((partition) => ({ topic, partition, offset: RECORDS - 2, maxBytes: 64 * 1024 })),
  )
  const limits = { isolation: 'committed', maxBytes: 8 * 1024 * 1024, maxWaitMs: 0 } as const
  const [latest, byTime] = [topics(-1n), topics(BigInt(SINCE + PARTITIONS * RECORDS - 2))]
  const broker = (await connections.call(null, metadataV12.api, [[], false, false])).brokers[0]
  if (broker === undefined) throw new Error('no broker')
  try {
    return {
      metadata: await timed(TIMES, () => connections.call(null, metadataV12.api, [[...names], false, false])),
      listOffsets: await timed(TIMES, () => connections.call(broker, listOffsetsV7.api, [-1, 0, latest])),
      listOffsetsByTime: await timed(TIMES, () => connections.call(broker, listOffsetsV7.api, [-1, 0, byTime])),
      fetch: await timed(TIMES, () => fetchPartitions(connections, broker, ends, limits, undefined)),
    }
  } finally {
    await connections.close()
  }
}

async function kafkajsOneByOne(
  { bootstrap, admin: user }: LabCluster,
  names: readonly string[],
  copies: readonly string[],
): Promise<number[]> {
  const client = kafkaClient(bootstrap, user).admin()
  await client.connect()
  try {
    const some = [...names.slice(0, ONE_BY_ONE), ...copies.slice(0, ONE_BY_ONE)]
    const took = await timed(3, async () => {
      for (const name of some) await client.fetchTopicOffsets(name)
    })
    return took.map((ms) => (ms * names.length) / ONE_BY_ONE)
  } finally {
    await client.disconnect()
  }
}

/** Both ends of each partition, the last record of its copy, and that record found on the source, for one topic after the other. */
async function kafkajsEvidence({ bootstrap, admin: user }: LabCluster, names: readonly string[]): Promise<number[]> {
  const client = kafkaClient(bootstrap, user)
  const asked = client.admin()
  await asked.connect()
  try {
    const took = await timed(1, async () => {
      for (const name of names.slice(0, SAME_ONE_BY_ONE)) await kafkajsEvidenceOf(client, asked, name)
    })
    return took.map((ms) => (ms * names.length) / SAME_ONE_BY_ONE)
  } finally {
    await asked.disconnect()
  }
}

async function kafkajsEvidenceOf(client: kafkajs.Kafka, asked: kafkajs.Admin, topic: string): Promise<void> {
  const copy = `${topic}.A`
  const [ends] = [await asked.fetchTopicOffsets(copy), await asked.fetchTopicOffsets(topic)]
  const consumer = client.consumer({ groupId: `evidence.${topic}`, maxWaitTimeInMs: 1 })
  await consumer.connect()
  await consumer.subscribe({ topics: [copy, topic] })
  const lasts = new Map<number, kafkajs.KafkaMessage>()
  const found = new Set<number>()
  await new Promise<void>((resolve, reject) => {
    const take = async (from: string, partition: number, message: kafkajs.KafkaMessage) => {
      const last = lasts.get(partition)
      if (from === topic) {
        if (last?.timestamp === message.timestamp && last.value?.equals(message.value ?? Buffer.alloc(0)))
          found.add(partition)
        if (found.size === PARTITIONS) resolve()
      } else if (last === undefined) {
        lasts.set(partition, message)
        const places = await asked.fetchTopicOffsetsByTimestamp(topic, Number(message.timestamp))
        const offset = places.find((place) => place.partition === partition)?.offset
        if (offset !== undefined) consumer.seek({ topic, partition, offset })
      }
    }
    consumer
      .run({ autoCommit: false, eachMessage: ({ topic: from, partition, message }) => take(from, partition, message) })
      .then(() => {
        for (const { partition, high } of ends)
          consumer.seek({ topic: copy, partition, offset: String(Number(high) - 1) })
      }, reject)
  })
  await consumer.disconnect()
}

async function kafkaTool({ bootstrap, admin: user }: LabCluster, tools: Tools, folder: string): Promise<number[]> {
  const file = join(folder, 'client.properties')
  const settings = Object.entries(saslProperties(user)).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, settings.join(''), { mode: 0o600 })
  const run = promisify(execFile)
  const args = ['-Xmx256m', '-cp', `${tools.kafkaLibs}/*`, 'org.apache.kafka.tools.GetOffsetShell']
  const asked = ['--bootstrap-server', bootstrap, '--command-config', file, '--time', '-1']
  return timed(2, () => run(tools.java, [...args, ...asked], { maxBuffer: 64 * 1024 * 1024 }))
}
