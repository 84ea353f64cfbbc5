import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { listOffsetsV7 } from '@platformatic/kafka'
import { prepareFolder } from '../../lab/folder.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { lab } from '../../lab/grounds/lab.ts'
import { startCluster, type LabCluster } from '../../lab/kafka/cluster.ts'
import { connectorConfigs } from '../../lab/kafka/connectors.ts'
import { admin, saslProperties } from '../../lab/kafka/users.ts'
import { startGuard } from '../../lab/process/guard.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { releasePorts } from '../../lab/process/ports.ts'
import { until } from '../../lab/process/wait.ts'
import { readTools, type Tools } from '../../lab/tools.ts'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { createPorts } from '../../src/adapters/ports.ts'
import { configSchema, type Config } from '../../src/config/schema.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { median, timed, type Figure } from './figure.ts'

const TOPICS = 1_000
const PARTITIONS = 3
const TIMES = 7
/** So long a busy machine may take for one of the preparations. */
const PATIENCE_MS = 300_000
/** Topics that kafkajs is asked for one by one in each repetition; the rest takes as long again. */
const ONE_BY_ONE = 100

/**
 * The whole evidence of a lag check: start, high watermark and last stable offset of every partition, and what Connect says
 * is mirrored; beside kafkajs topic by topic, Kafka's own tool, and one bare request as the limit.
 */
export async function lagEvidence(): Promise<Figure[]> {
  const folder = prepareFolder(mkdtempSync(join(tmpdir(), 'switchback-bench-')))
  const guard = startGuard()
  const ports: number[] = []
  const tools = readTools()
  const names = Array.from({ length: TOPICS }, (_, index) => `bench.topic-${index}`)
  const applications = [{ name: 'writer', kind: 'producer' as const, topics: [], principal: 'producer-app' }]
  let product: Ports | undefined
  try {
    const cluster = await startCluster({
      ground: lab,
      alias: 'A',
      topics: [],
      applications,
      folder,
      tools,
      guard,
      ports,
      closers: [],
    })
    await createTopics(cluster, names)
    await mirroredOnPaper(cluster, names)
    const config = configuration(cluster, names, folder)
    product = createPorts(() => config)
    const [source, link] = [product.cluster('A'), product.mirroring('bench', 'A', 'B')]
    const ours = await timed(TIMES, () => Promise.all([source.ends(names), link.mirroredTo(names)]))
    const onlyEnds = await timed(TIMES, () => source.ends(names))
    const onlyPositions = await timed(TIMES, () => link.mirroredTo(names))
    const limit = await bareRequest(config, names)
    const bareAnswer = await timed(TIMES, () => connectAnswer(cluster))
    const oneByOne = await kafkajsOneByOne(cluster, names)
    const tool = await kafkaTool(cluster, tools, folder)
    return figures({ ours, onlyEnds, onlyPositions, limit, bareAnswer, oneByOne, tool })
  } finally {
    await product?.close()
    await guard.end()
    releasePorts(ports)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What nobody can do without: the positions as Connect sends them. */
async function connectAnswer({ connect }: LabCluster): Promise<void> {
  await (await fetch(`${connect.url}/connectors/A-B-source/offsets`)).text()
}

/** After Connect is up, which gives up where a broker that makes thousands of partitions lets it wait; a hundred at a time. */
async function createTopics({ bootstrap, admin: user }: LabCluster, names: readonly string[]): Promise<void> {
  const client = kafkaClient(bootstrap, user).admin()
  await client.connect()
  for (let from = 0; from < names.length; from += 100) {
    const some = names.slice(from, from + 100)
    const topics = some.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 }))
    await client.createTopics({ topics, waitForLeaders: false, timeout: PATIENCE_MS })
    const allLed = async () =>
      (await client.fetchTopicMetadata({ topics: some })).topics.every(
        ({ partitions }) => partitions.length === PARTITIONS && partitions.every(({ leader }) => leader >= 0),
      )
    await until(allLed, { what: 'the topics have no leaders', timeoutMs: PATIENCE_MS })
  }
  await client.disconnect()
}

type Taken = Record<'ours' | 'onlyEnds' | 'onlyPositions' | 'limit' | 'bareAnswer' | 'oneByOne' | 'tool', number[]>

function figures({ ours, onlyEnds, onlyPositions, limit, bareAnswer, oneByOne, tool }: Taken): Figure[] {
  const measured = `${TOPICS} topics x ${PARTITIONS} partitions, one broker, median of ${TIMES}`
  const [whole, ends, bare, kafkajs] = [median(ours), median(onlyEnds), median(limit), median(oneByOne)]
  return [
    {
      what: 'lag evidence, whole pass: start, high watermark, last stable offset, mirrored-to',
      unit: 'ms',
      ours: whole,
      peers: [
        { name: 'kafkajs topic by topic, watermarks only', value: kafkajs },
        { name: "Kafka's GetOffsetShell, one of the three offsets, JVM start included", value: median(tool) },
      ],
      aim: { words: 'at least 20 times faster than kafkajs topic by topic', holds: kafkajs / whole >= 20 },
      with: measured,
    },
    {
      what: 'of it: offsets of all partitions from the broker',
      unit: 'ms',
      ours: ends,
      peers: [{ name: 'one bare ListOffsets, the limit', value: bare }],
      aim: { words: 'the whole pass within 3 times one bare ListOffsets', holds: whole <= 3 * bare },
      with: `${measured}; the whole pass is ${(whole / bare).toFixed(1)} times the bare request`,
    },
    {
      what: 'of it: positions of all partitions from Connect',
      unit: 'ms',
      ours: median(onlyPositions),
      peers: [{ name: "Connect's answer, fetched and not read", value: median(bareAnswer) }],
      aim: null,
      with: measured,
    },
  ]
}

/**
 * A stopped connector with a position for every partition: Connect answers from its store, as it does for a real one. They
 * are written to that store's topic: by Connect's own interface it takes minutes.
 */
async function mirroredOnPaper(cluster: LabCluster, names: readonly string[]): Promise<void> {
  const { source } = connectorConfigs(lab, cluster, { alias: 'B', bootstrap: cluster.bootstrap }, [])
  const config = { ...source.config, topics: 'bench[.].*' }
  await httpJson(
    'POST',
    `${cluster.connect.url}/connectors`,
    { name: source.name, config, initial_state: 'STOPPED' },
    PATIENCE_MS,
  )
  const messages = names.flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      key: JSON.stringify([source.name, { cluster: 'A', partition, topic }]),
      value: JSON.stringify({ offset: 0 }),
    })),
  )
  const producer = kafkaClient(cluster.bootstrap, cluster.admin).producer({ allowAutoTopicCreation: false })
  await producer.connect()
  await producer.send({ topic: 'connect-offsets', messages })
  await producer.disconnect()
}

function configuration({ bootstrap, connect }: LabCluster, topics: string[], folder: string): Config {
  const password = join(folder, 'admin.password')
  writeFileSync(password, admin.password, { mode: 0o600 })
  const sasl = { mechanism: 'PLAIN', username: admin.username, password: { file: password } }
  const cluster = { bootstrap: [bootstrap], sasl }
  return configSchema.parse({
    clusters: { A: cluster, B: cluster },
    pairs: {
      bench: {
        primary: 'A',
        secondary: 'B',
        topics,
        applications: [
          { name: 'writer', kind: 'producer', topics: topics.slice(0, 1), control: { adapter: 'manual' } },
        ],
        links: [
          { from: 'A', to: 'B', connect: { url: connect.url }, source: { name: 'A-B-source' } },
          { from: 'B', to: 'A', connect: { url: connect.url }, source: { name: 'B-A-source' } },
        ],
      },
    },
  })
}

async function bareRequest({ clusters }: Config, names: readonly string[]): Promise<number[]> {
  const config = clusters['A']
  if (config === undefined) throw new Error('no cluster A')
  const connections = new BrokerConnections('A', config, config.sasl)
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
    partitionIndex,
    currentLeaderEpoch: -1,
    timestamp: -1n,
  }))
  const topics = names.map((name) => ({ name, partitions }))
  try {
    return await timed(TIMES, () => connections.call(null, listOffsetsV7.api, [-1, 0, topics]))
  } finally {
    await connections.close()
  }
}

async function kafkajsOneByOne({ bootstrap, admin: user }: LabCluster, names: readonly string[]): Promise<number[]> {
  const client = kafkaClient(bootstrap, user).admin()
  await client.connect()
  try {
    const some = names.slice(0, ONE_BY_ONE)
    const took = await timed(3, async () => {
      for (const name of some) await client.fetchTopicOffsets(name)
    })
    return took.map((ms) => (ms * names.length) / some.length)
  } finally {
    await client.disconnect()
  }
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
