import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { prepareFolder } from '../../lab/folder.ts'
import { lab } from '../../lab/grounds/lab.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { startCluster, type LabCluster } from '../../lab/kafka/cluster.ts'
import { connectorConfigs } from '../../lab/kafka/connectors.ts'
import { admin } from '../../lab/kafka/users.ts'
import { startGuard } from '../../lab/process/guard.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { releasePorts } from '../../lab/process/ports.ts'
import { until } from '../../lab/process/wait.ts'
import { readTools, type Tools } from '../../lab/tools.ts'
import { configSchema, type Config } from '../../src/config/schema.ts'

export const TOPICS = 1_000
export const PARTITIONS = 3
/** In each partition, the same in its copy. */
export const RECORDS = 5
const RECORD_BYTES = 200
/** Of the oldest records, ms since 1970. They are kept: what expired is not found. */
export const SINCE = Date.parse('2026-01-01T00:00:00Z')
/** So long a busy machine may take for one of the preparations. */
const PATIENCE_MS = 300_000

export interface ManyTopics {
  cluster: LabCluster
  folder: string
  tools: Tools
  names: string[]
  copies: string[]
}

/**
 * A cluster with many topics and as many copies, which a connector has mirrored by its positions. Source and copies lie on one
 * broker, so that the machine is measured and not its second broker.
 */
export async function onManyTopics<T>(measure: (many: ManyTopics) => Promise<T>): Promise<T> {
  const folder = prepareFolder(mkdtempSync(join(tmpdir(), 'switchback-bench-')))
  const guard = startGuard()
  const ports: number[] = []
  const tools = readTools()
  const names = Array.from({ length: TOPICS }, (_, index) => `bench.topic-${index}`)
  const copies = names.map((name) => `${name}.A`)
  const applications = [{ name: 'writer', kind: 'producer' as const, topics: [], principal: 'producer-app' }]
  try {
    const started = { ground: lab, alias: 'A', topics: [], applications, folder, tools, guard, ports, closers: [] }
    const cluster = await startCluster(started)
    await createTopics(cluster, [...names, ...copies])
    await fill(cluster, names, copies)
    await mirroredOnPaper(cluster, names)
    return await measure({ cluster, folder, tools, names, copies })
  } finally {
    await guard.end()
    releasePorts(ports)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** After Connect is up, which gives up where a broker that makes thousands of partitions lets it wait; a hundred at a time. */
async function createTopics({ bootstrap, admin: user }: LabCluster, names: readonly string[]): Promise<void> {
  const client = kafkaClient(bootstrap, user).admin()
  await client.connect()
  for (let from = 0; from < names.length; from += 100) {
    const some = names.slice(from, from + 100)
    const configEntries = [{ name: 'retention.ms', value: '-1' }]
    const topics = some.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1, configEntries }))
    await client.createTopics({ topics, waitForLeaders: false, timeout: PATIENCE_MS })
    const allLed = async () =>
      (await client.fetchTopicMetadata({ topics: some })).topics.every(
        ({ partitions }) => partitions.length === PARTITIONS && partitions.every(({ leader }) => leader >= 0),
      )
    await until(allLed, { what: 'the topics have no leaders', timeoutMs: PATIENCE_MS })
  }
  await client.disconnect()
}

/** The same records in each partition and in its copy: what a mirroring hands on. */
async function fill({ bootstrap, admin: user }: LabCluster, names: string[], copies: string[]): Promise<void> {
  const { DefaultPartitioner } = kafkajs.Partitioners
  // A leader that has just been made known may not know it yet.
  const producer = kafkaClient(bootstrap, user, { retries: 10 }).producer({
    allowAutoTopicCreation: false,
    createPartitioner: DefaultPartitioner,
  })
  await producer.connect()
  for (let from = 0; from < names.length; from += 100) {
    const topicMessages = names.slice(from, from + 100).flatMap((name, index) => {
      const messages = Array.from({ length: PARTITIONS * RECORDS }, (_, number) => ({
        key: `${name} ${number}`,
        value: `${number} ${'x'.repeat(RECORD_BYTES)}`,
        partition: number % PARTITIONS,
        timestamp: String(SINCE + number),
      }))
      return [name, copies[from + index] ?? ''].map((topic) => ({ topic, messages }))
    })
    await producer.sendBatch({ topicMessages })
  }
  await producer.disconnect()
}

/**
 * A stopped connector with a position for every partition: Connect answers from its store, as it does for a real one. They
 * are written to that store's topic: by Connect's own interface it takes minutes.
 */
async function mirroredOnPaper(cluster: LabCluster, names: readonly string[]): Promise<void> {
  const { source } = connectorConfigs(
    lab,
    cluster,
    { alias: 'B', bootstrap: cluster.bootstrap },
    { prefix: '', topics: [] },
  )
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

/** The applications are the pair's, as a configuration has them. */
export function configurationOf({ cluster: { bootstrap, connect }, folder }: ManyTopics, pair: object): Config {
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
        ...pair,
        links: [
          { from: 'A', to: 'B', connect: { url: connect.url }, source: { name: 'A-B-source' } },
          { from: 'B', to: 'A', connect: { url: connect.url }, source: { name: 'B-A-source' } },
        ],
      },
    },
  })
}
