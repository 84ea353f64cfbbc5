import kafkajs, { type Admin, type EachMessagePayload } from 'kafkajs'
import type { Lab } from '../../lab/lab.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import type { LabCluster } from '../../lab/kafka/cluster.ts'
import { httpJson } from '../../lab/process/http-json.ts'
import { until } from '../../lab/process/wait.ts'
import { PATIENCE_MS } from '../patience.ts'

/** Looks at the clusters past the product, with other clients than its own. */

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

/** Where every Connect worker of a lab keeps the configurations of its connectors. */
const CONNECT_CONFIGS = 'connect-configs'
/** Milliseconds without a further record after which a topic counts as read. */
const QUIET_MS = 1_500

/** Repetitions of a request that a busy broker did not answer in time. */
const PATIENCE = 5

async function asAdmin<T>(cluster: LabCluster, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(cluster, cluster.admin, { retries: PATIENCE }).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Every ACL of a cluster, one line each, sorted: "User:x DENY WRITE topic LITERAL accounting.invoices *". */
export function aclsOf(cluster: LabCluster): Promise<string[]> {
  return asAdmin(cluster, async (admin) => {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })
    return resources
      .flatMap(({ resourceName, resourceType, resourcePatternType, acls }) =>
        acls.map(
          ({ principal, host, operation, permissionType }) =>
            `${principal} ${nameOf(AclPermissionTypes, permissionType)} ${nameOf(AclOperationTypes, operation)} ` +
            `${nameOf(AclResourceTypes, resourceType)} ${nameOf(ResourcePatternTypes, resourcePatternType)} ${resourceName} ${host}`,
        ),
      )
      .sort()
  })
}

/** Without those that MirrorMaker makes for copies of the other side's topics, where it copies ACLs: they ALLOW, and are on the copies. */
export async function ownAclsOf(cluster: LabCluster, other: LabCluster): Promise<string[]> {
  const copied = new RegExp(` ALLOW \\w+ TOPIC LITERAL ${other.alias}\\.`)
  return (await aclsOf(cluster)).filter((acl) => !copied.test(acl))
}

function nameOf(words: object, value: number): string {
  return Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value)
}

/** What `aclsOf` shows of a fence: every producer is denied to write every local topic of the pair. */
export function writeFence(lab: Lab): string[] {
  const producers = lab.applications.filter(({ kind }) => kind === 'producer')
  return producers
    .flatMap(({ principal }) => lab.topics.map(({ name }) => `User:${principal} DENY WRITE TOPIC LITERAL ${name} *`))
    .sort()
}

/** The text of a connector's `topics`, and the rest of its configuration. */
export async function connectorConfig(
  lab: Lab,
  from: string,
  to: string,
  kind: 'source' | 'checkpoint',
  pair = lab.pair,
) {
  const name = lab.connectors(from, to, pair)[kind].name
  return (await httpJson('GET', `${lab.cluster(to).connect.url}/connectors/${name}/config`)) as Record<string, string>
}

/** Every selection a link has had, in their order: what stands in its connector's `topics`, each change once. */
export async function selectionsOf(lab: Lab, from: string, to: string): Promise<string[]> {
  const key = `connector-${lab.connectors(from, to).source.name}`
  const selections: string[] = []
  await readWhole(lab.cluster(to), CONNECT_CONFIGS, ({ message }) => {
    if (message.key?.toString() !== key || message.value === null) return
    const { properties } = JSON.parse(message.value.toString()) as { properties: Record<string, string> }
    const topics = properties['topics'] ?? ''
    if (topics !== selections.at(-1)) selections.push(topics)
  })
  return selections
}

/** Reads what a topic of one partition holds, until it has been quiet for a moment: its last offsets may be markers. */
async function readWhole(
  cluster: LabCluster,
  topic: string,
  each: (payload: EachMessagePayload) => void,
): Promise<void> {
  const client = kafkaClient(cluster, cluster.admin, { retries: PATIENCE })
  const consumer = client.consumer({ groupId: `test-reader-${Date.now().toString(36)}`, maxWaitTimeInMs: 200 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      let quiet: NodeJS.Timeout | undefined
      const eachMessage = (payload: EachMessagePayload) => {
        clearTimeout(quiet)
        quiet = setTimeout(resolve, QUIET_MS)
        each(payload)
        return Promise.resolve()
      }
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      consumer.run({ autoCommit: false, eachMessage }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
}

/** Somebody changes what the connector that mirrors selects, past the product. */
export async function selectedNow(lab: Lab, from: string, to: string, topics: string): Promise<void> {
  const { name } = lab.connectors(from, to).source
  const config = await connectorConfig(lab, from, to, 'source')
  await httpJson('PUT', `${lab.cluster(to).connect.url}/connectors/${name}/config`, { ...config, topics })
}

/** Every connector of a Connect cluster with its configuration and state. */
async function connectorsOf(cluster: LabCluster): Promise<unknown> {
  const all = (await httpJson('GET', `${cluster.connect.url}/connectors?expand=info&expand=status`)) as Record<
    string,
    { info: { config: object }; status: { connector: { state: string }; tasks: { state: string }[] } }
  >
  return Object.fromEntries(
    Object.entries(all).map(([name, { info, status }]) => [
      name,
      { config: info.config, state: status.connector.state, tasks: status.tasks.map(({ state }) => state) },
    ]),
  )
}

/** Pauses the connector that mirrors, or lets it go on; returns when Connect says so. */
export async function mirroringHeld(lab: Lab, from: string, to: string, held: boolean, pair = lab.pair): Promise<void> {
  const connector = `${lab.cluster(to).connect.url}/connectors/${lab.connectors(from, to, pair).source.name}`
  await httpJson('PUT', `${connector}/${held ? 'pause' : 'resume'}`)
  const reached = async () => {
    const { connector: own, tasks } = (await httpJson('GET', `${connector}/status`)) as {
      connector: { state: string }
      tasks: { state: string }[]
    }
    return [own, ...tasks].every(({ state }) => state === (held ? 'PAUSED' : 'RUNNING'))
  }
  await until(reached, { what: `${from}->${to} ${held ? 'paused' : 'running'}`, timeoutMs: PATIENCE_MS })
}

/** Last offset of each partition that Connect has acknowledged on the target: topic -> partition -> offset. */
export async function mirroredTo(
  lab: Lab,
  from: string,
  to: string,
  pair = lab.pair,
): Promise<Map<string, Map<number, number>>> {
  const name = lab.connectors(from, to, pair).source.name
  const { offsets } = (await httpJson('GET', `${lab.cluster(to).connect.url}/connectors/${name}/offsets`)) as {
    offsets: { partition: { topic: string; partition: number }; offset: { offset: number } }[]
  }
  const byTopic = new Map<string, Map<number, number>>()
  for (const { partition, offset } of offsets) {
    const rows = byTopic.get(partition.topic) ?? new Map<number, number>()
    byTopic.set(partition.topic, rows.set(partition.partition, offset.offset))
  }
  return byTopic
}

/** High watermark of each partition, in their order. */
export function endsOf(cluster: LabCluster, topic: string): Promise<Map<number, number>> {
  return asAdmin(cluster, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic)
    const ends = offsets.map(({ partition, high }): [number, number] => [partition, Number(high)])
    return new Map(ends.sort(([a], [b]) => a - b))
  })
}

/** Committed offsets of a group, by topic and partition; -1 where there is none. */
export function committedOf(cluster: LabCluster, group: string, topics?: string[]): Promise<Record<string, number[]>> {
  return asAdmin(cluster, async (admin) => {
    const found = await admin.fetchOffsets({ groupId: group, ...(topics ? { topics } : {}) })
    const rows = found.map(({ topic, partitions }): [string, number[]] => [
      topic,
      partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset)),
    ])
    return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

export function topicsOf(cluster: LabCluster): Promise<string[]> {
  return asAdmin(cluster, async (admin) => (await admin.listTopics()).sort())
}

/** All that a dry run must leave as it is. */
export async function everything(lab: Lab): Promise<Record<string, unknown>> {
  const sides = await Promise.all(
    lab.clusters.map(async (cluster) => {
      const topics = await topicsOf(cluster)
      const local = topics.filter((topic) => lab.topics.some(({ name }) => topic.startsWith(name)))
      const groups = lab.applications.flatMap(({ group }) => (group === undefined ? [] : [group]))
      const ends = await Promise.all(local.map(async (topic) => [topic, [...(await endsOf(cluster, topic))]]))
      const committed = await Promise.all(
        groups.map(async (group) => [group, await committedOf(cluster, group).catch(() => null)]),
      )
      return [
        cluster.alias,
        {
          topics,
          ends: Object.fromEntries(ends),
          committed: Object.fromEntries(committed),
          acls: await aclsOf(cluster),
          connectors: await connectorsOf(cluster),
        },
      ]
    }),
  )
  return Object.fromEntries(sides)
}

/** Looks for one record in a topic, read by nobody's group; undefined when it has not come within `timeoutMs`. */
export async function findRecord(
  cluster: LabCluster,
  topic: string,
  wanted: { key: string; seq: number },
  timeoutMs: number,
): Promise<{ partition: number; offset: number } | undefined> {
  const client = kafkaClient(cluster, cluster.admin, { retries: PATIENCE })
  const consumer = client.consumer({ groupId: `test-reader-${Date.now().toString(36)}`, maxWaitTimeInMs: 200 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    return await new Promise((resolve, reject) => {
      setTimeout(() => resolve(undefined), timeoutMs).unref()
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
      const eachMessage = ({ partition, message }: EachMessagePayload) => {
        const { key, seq } = JSON.parse(message.value?.toString() ?? 'null') as { key: string; seq: number }
        if (key === wanted.key && seq === wanted.seq) resolve({ partition, offset: Number(message.offset) })
        return Promise.resolve()
      }
      consumer.run({ autoCommit: false, eachMessage }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
}
