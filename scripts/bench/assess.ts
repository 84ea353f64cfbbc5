import type { API } from '@platformatic/kafka'
import { assessNow } from '../../src/activities/assess/ahead.ts'
import { type ActivityDeps, unlimited } from '../../src/activities/deps.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { type BrokerAddress, BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import { createPorts } from '../../src/adapters/ports.ts'
import type { ClusterConfig } from '../../src/config/schema.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { median, timed, type Figure } from './figure.ts'
import { configurationOf, onManyTopics, PARTITIONS, TOPICS } from './many-topics.ts'

const GROUPS = 50
const PRODUCERS = 10
const TIMES = 5
/** Of both sides. One for each principal or group would be some hundred more. */
const MOST_REQUESTS = 80

/**
 * What `assess` asks in the background every five minutes, of a pair with many topics and groups, each application with a principal
 * of its own. Beside it: the same requests, each distinct one once and one after the other, their answers not looked into.
 */
export function assess(): Promise<Figure[]> {
  return onManyTopics(async (many) => {
    const { names } = many
    const share = (of: number, index: number) => names.filter((_, at) => at % of === index)
    const applications = [
      ...Array.from({ length: GROUPS }, (_, index) => ({
        name: `reader-${index}`,
        kind: 'consumer',
        group: `readers-${index}`,
        principal: `User:reader-${index}`,
        topics: share(GROUPS, index),
        control: { adapter: 'manual' },
      })),
      ...Array.from({ length: PRODUCERS }, (_, index) => ({
        name: `writer-${index}`,
        kind: 'producer',
        principal: `User:writer-${index}`,
        topics: share(PRODUCERS, index),
        control: { adapter: 'manual' },
      })),
    ]
    const config = configurationOf(many, { topics: names, applications })
    const cluster = config.clusters['A']
    if (cluster === undefined) throw new Error('no cluster A')
    const admin = createKafkaCluster('A', cluster)
    const acls = applications.flatMap(entriesOf)
    for (let from = 0; from < acls.length; from += 500) await admin.createAcls(acls.slice(from, from + 500))
    for (let index = 0; index < GROUPS; index += 1) {
      const topics = share(GROUPS, index).map((topic) => ({ topic, offsets: [[0, 1] as [number, number]] }))
      await admin.setGroupOffsets({ group: `readers-${index}`, topics })
    }
    const product = createPorts(() => config)
    const deps = { ports: product, config: () => config, clock: { now: () => new Date() } } as unknown as ActivityDeps
    const dossier = newDossier({ pair: 'bench', primary: 'A', secondary: 'B', at: new Date().toISOString() })
    const look = () =>
      assessNow(deps, { pair: 'bench', dossier, move: 'failover' }, unlimited(new AbortController().signal))
    try {
      const ours = await timed(TIMES, look)
      const sent = await recorded(look)
      const distinct = [...new Map(sent.map((request) => [request.key, request])).values()]
      const bare = await replayed(cluster, distinct)
      const [whole, needed] = [median(ours), median(bare)]
      const counted = new Map<string, number>()
      for (const { name } of sent) counted.set(name, (counted.get(name) ?? 0) + 1)
      const told = [...counted]
        .map(([name, times]) => `${name} ${times}`)
        .toSorted()
        .join(', ')
      return [
        {
          what: 'background assess: all findings of a failover that nobody has started',
          unit: 'ms',
          ours: whole,
          peers: [{ name: 'the distinct requests it sends to brokers, bare, one after the other', value: needed }],
          aim: {
            words: `at most 2 times the bare requests, and at most ${MOST_REQUESTS} of them`,
            holds: whole <= 2 * needed && sent.length <= MOST_REQUESTS,
          },
          with: `${TOPICS} topics x ${PARTITIONS} partitions and as many copies, ${GROUPS} groups, ${applications.length} principals, ${acls.length} ACLs, one broker for both sides, median of ${TIMES}; ${sent.length} requests to brokers, ${distinct.length} of them distinct: ${told}`,
        },
      ]
    } finally {
      await product.close()
      await admin.close()
    }
  })
}

function entriesOf({
  kind,
  principal,
  topics,
  ...rest
}: {
  kind: string
  principal: string
  topics: string[]
  group?: string
}): AclEntry[] {
  const entry = { principal, host: '*', pattern: 'literal' as const, permission: 'allow' as const }
  const on = kind === 'producer' ? topics : topics.flatMap((topic) => [topic, `${topic}.A`])
  const operation = kind === 'producer' ? 'Write' : 'Read'
  return [
    ...on.map((name) => ({ ...entry, resource: 'topic' as const, name, operation })),
    ...(rest.group === undefined ? [] : [{ ...entry, resource: 'group' as const, name: rest.group, operation }]),
  ]
}

interface Request {
  name: string
  key: string
  broker: BrokerAddress | null
  api: API<unknown[], unknown>
  args: unknown[]
}

/** Every request to a broker while `work` is done, whichever cluster port sends it. */
async function recorded(work: () => Promise<unknown>): Promise<Request[]> {
  const sent: Request[] = []
  // oxlint-disable-next-line typescript/unbound-method -- called with the connections it is sent by
  const call = BrokerConnections.prototype.call
  BrokerConnections.prototype.call = function (broker, api, args, signal) {
    const name = requestNames[api.key] ?? `request ${api.key}`
    const text = JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    sent.push({ name, key: `${name} ${text}`, broker, api: api as never, args })
    return call.call(this, broker, api as never, args as never, signal) as never
  }
  try {
    await work()
  } finally {
    BrokerConnections.prototype.call = call
  }
  return sent
}

/** By their keys in Kafka's protocol. */
const requestNames: Record<number, string> = {
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  15: 'DescribeGroups',
  16: 'ListGroups',
  18: 'ApiVersions',
  29: 'DescribeAcls',
  32: 'DescribeConfigs',
  61: 'DescribeProducers',
  65: 'DescribeTransactions',
  66: 'ListTransactions',
  69: 'ConsumerGroupDescribe',
}

async function replayed(config: ClusterConfig, requests: readonly Request[]): Promise<number[]> {
  const connections = new BrokerConnections('A', config, config.sasl)
  try {
    return await timed(TIMES, async () => {
      for (const { broker, api, args } of requests) await connections.call(broker, api, args).catch(() => undefined)
    })
  } finally {
    await connections.close()
  }
}
