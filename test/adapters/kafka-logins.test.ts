import kafkajs, { type Transaction } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Feature, type LoginRow, switchbackRows } from '../../lab/grounds/logins.ts'
import { switchback, switchbackAct } from '../../lab/kafka/users.ts'
import { defaultApplications } from '../../lab/options.ts'
import { until } from '../../lab/process/wait.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { ofAct, ofWatch } from '../../src/cli/check/logins.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import type { ClusterLooks, ClusterPort, ClusterWrites } from '../../src/ports/cluster.ts'
import { PATIENCE_MS } from '../patience.ts'
import { login, startTestBroker, type TestBroker } from './kafka-support.ts'

/** The two logins of a cluster with exactly the ACLs of docs/production.md, which test/docs/acls.test.ts holds to the same rows. */

const START_MS = 300_000
const [topic, copy, held, memory] = [
  'accounting.invoices',
  'B.accounting.invoices',
  'accounting.held',
  'switchback.dossier',
]
const group = 'billing'
const copyId = 'switchback.accounting.1'
const topics = [{ name: topic, partitions: 1 }]
const rows = switchbackRows({
  alias: 'T',
  others: ['B'],
  naming: 'prefix',
  topics,
  applications: defaultApplications(topics),
})
const stranger = { username: 'stranger', password: 'stranger-secret' }

let broker: TestBroker
/** A super user, who grants. */
let owner: ClusterPort
/** With both logins. */
let cluster: ClusterPort
let transaction: Transaction
const ports: ClusterPort[] = []

function portOf(watch: typeof stranger, act?: typeof stranger): ClusterPort {
  const config = broker.config({ sasl: login(watch), ...(act === undefined ? {} : { act: { sasl: login(act) } }) })
  const port = createKafkaCluster('T', config)
  ports.push(port)
  return port
}

beforeAll(async () => {
  broker = await startTestBroker({ clients: ['reader', 'writer'] })
  owner = createKafkaCluster('T', broker.config())
  cluster = portOf(switchback, switchbackAct)
  for (const name of [topic, copy, held, memory]) await broker.createTopic(name)
  await Promise.all([broker.produce(topic, ['a', 'b']), broker.produce(copy, ['a', 'b'])])
  const producer = broker.kafka.producer({
    transactionalId: 'app-1',
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 900_000,
    retry: { retries: 5 },
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  // The first one waits until the broker has made its own topic for them.
  transaction = await until(() => producer.transaction(), { what: 'no transaction', timeoutMs: PATIENCE_MS })
  await transaction.send({ topic: held, messages: [{ value: 'x', partition: 0 }] })
  await owner.createAcls(rows.flatMap((row) => aclsOf(row)))
}, START_MS)

afterAll(async () => {
  await transaction?.abort().catch(() => undefined)
  await Promise.allSettled([owner, ...ports].map((port) => port?.close()))
  await broker?.close()
}, START_MS)

const users = { watch: switchback.username, act: switchbackAct.username }
const resources = { TOPIC: 'topic', GROUP: 'group', CLUSTER: 'cluster', TRANSACTIONAL_ID: 'transactionalId' } as const

/** DESCRIBE_CONFIGS is DescribeConfigs. */
function camel(word: string): string {
  return word.replaceAll(/_?([A-Z])([A-Z]*)/g, (_, first: string, rest: string) => `${first}${rest.toLowerCase()}`)
}

function aclsOf({ login: as, operations, resource, name, pattern }: LoginRow): AclEntry[] {
  return operations.map((operation) => ({
    resource: resources[resource],
    name,
    pattern: pattern === 'PREFIXED' ? 'prefixed' : 'literal',
    principal: `User:${users[as]}`,
    host: '*',
    operation: camel(operation),
    permission: 'allow',
  }))
}

const deny: AclEntry = {
  resource: 'topic',
  name: topic,
  pattern: 'literal',
  principal: 'User:producer-app',
  host: '*',
  operation: 'Write',
  permission: 'deny',
}
const onCluster = { resource: 'cluster' as const, name: 'kafka-cluster' }
const commit = (of: string) => ({ group, topics: [{ topic: of, offsets: [[0, 1]] as [number, number][] }] })
const record = { offset: 0, timestamp: 1, key: null, value: Buffer.from('x'), headers: [] }
let created = 0
const fresh = () => ({ topic: `accounting.new-${++created}`, partitions: 1, settings: {} })

/** Every call that only looks: one that is added has to be tried here. */
const looks: Record<Exclude<keyof ClusterLooks, 'alias' | 'close'>, (port: ClusterPort) => Promise<unknown>> = {
  rights: (port) => port.rights('watch', [topic]),
  describe: (port) => port.describe(),
  describeTopics: (port) => port.describeTopics([topic, copy]),
  listTopics: (port) => port.listTopics(),
  ends: (port) => port.ends([topic, copy]),
  scan: (port) => port.scan(topic, 0, 0, 2),
  scanUncommitted: (port) => port.scanUncommitted(copy, 0, 0, 2),
  readRecords: (port) => port.readRecords(topic, 0, 0, 2),
  copyProgress: (port) => port.copyProgress(copyId),
  compacted: (port) => port.compacted([topic, copy]),
  producers: (port) => port.producers([topic, copy]),
  transactionalIds: (port) => port.transactionalIds([0]),
  openTransactions: (port) => port.openTransactions([{ topic: held, partition: 0 }]),
  lastRecords: (port) => port.lastRecords([{ topic: copy, partition: 0 }]),
  findRecords: (port) => port.findRecords([{ topic: copy, partition: 0, timestamp: 0, digest: 'none' }]),
  logEnds: (port) => port.logEnds([topic]),
  digestRange: (port) => port.digestRange({ topic: copy, partition: 0 }, { from: 0, to: 2, isolation: 'committed' }),
  groupStates: (port) => port.groupStates([group]),
  groupOffsets: (port) => port.groupOffsets([group]),
  acls: (port) => port.acls(null),
  allowsWithoutAcl: (port) => port.allowsWithoutAcl([topic]),
  access: (port) => port.access('User:producer-app', 'Write', [topic]),
  accessByAcls: (port) =>
    port.accessByAcls([{ principal: 'User:producer-app', operation: 'Write', of: 'topic', names: [topic] }]),
  topicSettings: (port) => port.topicSettings([topic, copy], null),
  groupAccess: (port) => port.groupAccess('User:consumer-app', [group]),
  readKeyed: (port) => port.readKeyed(memory, 0, null),
}

/** Every call that writes, the same. */
const writes: Record<keyof ClusterWrites, (port: ClusterPort) => Promise<unknown>> = {
  setGroupOffsets: (port) => port.setGroupOffsets(commit(topic)),
  deleteGroup: (port) => port.deleteGroup(copyId),
  createAcls: (port) => port.createAcls([deny]),
  deleteAcls: (port) => port.deleteAcls([deny]),
  deleteEmptyTopics: async (port) => {
    const one = fresh()
    await owner.createTopics([one])
    const left = await port.deleteEmptyTopics(
      (await owner.describeTopics([one.topic])).map(({ topic: name, topicId }) => ({ topic: name, topicId })),
    )
    expect(left).toEqual([])
  },
  createTopics: (port) => port.createTopics([fresh()]),
  appendKeyed: (port) => port.appendKeyed(memory, [{ key: 'k', value: Buffer.from('v') }]),
  openCopy: async (port) => {
    const open = await port.openCopy(copyId)
    await open.append([{ topic, partition: 0, records: [record], next: 1 }])
  },
}

/** What stops when a row of the feature is taken away. */
const uses: Record<Feature, ((port: ClusterPort) => Promise<unknown>)[]> = {
  reading: [
    looks.acls,
    looks.scan,
    looks.scanUncommitted,
    (port) => port.topicSettings([topic], null),
    (port) => port.topicSettings([copy], null),
    looks.groupOffsets,
    async (port) => {
      const [open] = await port.openTransactions([{ topic: held, partition: 0 }])
      if (open?.transactionalId !== 'app-1') throw new Error(`AUTHORIZATION_FAILED: ${open?.unknown}`)
    },
  ],
  'failover, failback': [writes.setGroupOffsets, (port) => port.setGroupOffsets(commit(copy))],
  fence: [writes.createAcls, writes.deleteAcls],
  createTopics: [writes.createTopics, writes.deleteEmptyTopics],
  'replay, quarantine': [writes.openCopy, looks.copyProgress, writes.createTopics, writes.deleteGroup],
  memory: [
    writes.appendKeyed,
    looks.readKeyed,
    async (port) => {
      await broker.admin.deleteTopics({ topics: [memory] })
      await until(async () => !(await owner.listTopics()).includes(memory), {
        what: 'it stays',
        timeoutMs: PATIENCE_MS,
      })
      try {
        await port.createTopics([{ topic: memory, partitions: 1, settings: { 'cleanup.policy': 'compact' } }])
      } finally {
        await owner.createTopics([{ topic: memory, partitions: 1, settings: { 'cleanup.policy': 'compact' } }])
      }
    },
  ],
}

/** The refusals among these uses. */
async function refusals(feature: Feature): Promise<string[]> {
  const found: string[] = []
  for (const use of uses[feature])
    await use(cluster).catch((error: unknown) => found.push(error instanceof Error ? error.message : String(error)))
  return found
}

test('everything that reads goes out as the login that reads, and its ACLs are enough', async () => {
  // The other one may do nothing at all.
  const port = portOf(switchback, stranger)
  for (const [name, look] of Object.entries(looks)) await expect(look(port), name).resolves.toBeDefined()
  const [open] = await port.openTransactions([{ topic: held, partition: 0 }])
  expect(open).toMatchObject({ transactionalId: 'app-1' })
})

test('everything that writes is refused to the login that reads, and goes out as the one that acts', async () => {
  const reader = portOf(switchback)
  // It may do nothing else than write, and nobody else is asked: the one that reads has no rights here.
  const actor = portOf(stranger, switchbackAct)
  for (const [name, write] of Object.entries(writes)) {
    await expect(write(reader), name).rejects.toThrow('_AUTHORIZATION_FAILED')
    await expect
      .poll(
        () =>
          write(actor).then(
            () => 'done',
            (error: Error) => error.message,
          ),
        { message: name, timeout: PATIENCE_MS },
      )
      .toBe('done')
  }
})

test('a refusal names the login, and never its secret', async () => {
  const port = portOf(stranger, stranger)
  const told = async (call: Promise<unknown>) => String(await call.catch((error: Error) => error.message))
  const write = await told(writes.createAcls(port))
  expect(write).toContain('Allow it to login act of cluster T (stranger) by an ACL: docs/production.md lists')
  expect(await told(looks.ends(port))).toContain('Allow it to login watch of cluster T (stranger) by an ACL')
  const wrong = createKafkaCluster(
    'T',
    broker.config({ act: { sasl: login({ username: 'stranger', password: '' }, 'PLAIN', 'hunter2-never-shown') } }),
  )
  ports.push(wrong)
  const refused = await told(writes.createAcls(wrong))
  expect(refused).toMatch(/it refused login act of cluster T, stranger \(PLAIN\).*under clusters\.T\.act in switchback/)
  expect(write + refused).not.toMatch(/stranger-secret|hunter2/)
})

test('with client certificates each login shows its own', async () => {
  const { sasl: _, ...rest } = broker.config({
    bootstrap: [broker.mutualBootstrap],
    tls: {
      caFile: broker.caFile,
      serverName: 'localhost',
      rejectUnauthorized: true,
      ...broker.certificateOf('reader'),
    },
    act: { tls: broker.certificateOf('writer') },
  })
  const port = createKafkaCluster('T', rest)
  ports.push(port)
  const reads: AclEntry = { ...deny, principal: 'User:CN=reader', operation: 'Read', permission: 'allow' }
  const alters: AclEntry = { ...reads, ...onCluster, principal: 'User:CN=writer', operation: 'Alter' }
  await owner.createAcls([reads])
  expect(await port.ends([topic])).toHaveLength(1)
  await expect(port.createAcls([deny])).rejects.toThrow('login act of cluster T (the user of its certificate)')
  await owner.createAcls([alters])
  await port.createAcls([deny])
  await port.deleteAcls([deny])
  expect((await port.rights('act', [topic])).cluster).toContain('Alter')
  expect((await port.rights('watch', [topic])).topics).toEqual([[topic, ['Read', 'Describe']]])
  await owner.deleteAcls([reads, alters])
})

test('check has nothing against the documented ACLs', async () => {
  const names = [topic, held, memory]
  expect(ofWatch([topic, held])(await cluster.rights('watch', names))).toEqual([])
  expect(ofAct([topic, held], memory)(await cluster.rights('act', names))).toEqual([])
})

const features = Object.keys(uses) as Feature[]

test.each(features)('%s: its rows are enough, and none is superfluous', async (feature) => {
  const own = rows.filter((row) => row.feature === feature)
  expect(own).not.toHaveLength(0)
  // Whoever acts has no other ones; whoever reads has those of reading, which everything begins with.
  const others = rows.filter((row) => row.feature !== feature && !(row.login === 'watch' && row.feature === 'reading'))
  const kept = new Set(own.flatMap(aclsOf).map((acl) => JSON.stringify(acl)))
  const taken = others.flatMap(aclsOf).filter((acl) => !kept.has(JSON.stringify(acl)))
  await owner.deleteAcls(taken)
  try {
    await expect.poll(() => refusals(feature)).toEqual([])
    for (const row of own)
      for (const acl of aclsOf(row)) {
        const what = `${row.login}: ${acl.operation} on ${acl.resource} ${acl.name}`
        await owner.deleteAcls([acl])
        expect(await refusals(feature), what).toContainEqual(expect.stringContaining('AUTHORIZATION_FAILED'))
        await owner.createAcls([acl])
      }
  } finally {
    await owner.createAcls(rows.flatMap(aclsOf))
  }
})
