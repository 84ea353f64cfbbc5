import dns from 'node:dns'
import { createAclsV2, deleteAclsV2 } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { LATEST, listOffsets } from '../../src/adapters/kafka/list-offsets.ts'
import { BrokerConnections } from '../../src/adapters/kafka/net/connections.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import { lookAtKept } from '../../src/activities/keep/look-at-kept.ts'
import { observeFence } from '../../src/activities/reads/fence.ts'
import { toWire } from '../../src/adapters/kafka/acl-words.ts'
import { seeOurs } from '../../src/cli/check/ours.ts'
import type { AclEntry, Dossier } from '../../src/contract/dossier.ts'
import { errorTypes } from '../../src/contract/errors.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import type { Held } from '../../src/domain/keep/held.ts'
import { PATIENCE_MS } from '../patience.ts'
import { nameOfFront, startTwoBrokers, type TwoBrokers } from './kafka-two-brokers-support.ts'

const START_MS = 300_000
const LEADER_ONLY = 1

const anyAcl = {
  resourceType: kafkajs.AclResourceTypes.ANY,
  resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
  operation: kafkajs.AclOperationTypes.ANY,
  permissionType: kafkajs.AclPermissionTypes.ANY,
}
const aDenial: AclEntry = {
  resource: 'topic',
  name: 'led',
  pattern: 'literal',
  principal: 'User:u',
  host: '*',
  operation: 'Write',
  permission: 'deny',
}

let two: TwoBrokers
const config = (bootstrap: string) => ({ bootstrap: [bootstrap], principals: {}, timeoutMs: 5_000 })

beforeAll(async () => {
  two = await startTwoBrokers()
}, START_MS)

afterAll(async () => {
  await two?.close()
}, START_MS)

/** The first of the replicas leads. */
async function createTopic(topic: string, ...replicas: number[][]): Promise<void> {
  const replicaAssignment = replicas.map((nodes, partition) => ({ partition, replicas: nodes }))
  await two.admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false })
  await expect.poll(async () => (await two.admin.fetchTopicOffsets(topic).catch(() => [])).length).toBe(replicas.length)
}

async function send(topic: string, partition: number, acks: number): Promise<void> {
  const producer = two.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, acks, messages: [{ value: 'v', partition }] })
  await producer.disconnect()
}

test('log ends are those of the leader: what no follower has yet is in them, and not below the high watermark', async () => {
  await createTopic('behind', [1, 2])
  await send('behind', 0, -1)
  const cluster = createKafkaCluster('T', config(two.bootstrap))
  const seen = async () => ({
    high: (await cluster.ends(['behind']))[0]?.partitions[0]?.[2],
    end: (await cluster.logEnds(['behind']))[0]?.offsets[0]?.[1],
  })
  await expect.poll(seen).toEqual({ high: 1, end: 1 })
  two.brokers[1].pause()
  try {
    await send('behind', 0, LEADER_ONLY)
    await send('behind', 0, LEADER_ONLY)
    expect(await seen()).toEqual({ high: 1, end: 3 })
  } finally {
    two.brokers[1].resume()
  }
  await expect.poll(seen).toEqual({ high: 3, end: 3 })
  await cluster.close()
})

test('a broker that is not the leader of the epoch named tells no log end', async () => {
  await createTopic('followed', [1, 2])
  const connections = new BrokerConnections('T', config(two.bootstrap), undefined)
  const follower = (await two.admin.describeCluster()).brokers.find(({ nodeId }) => nodeId === 2)
  if (follower === undefined) throw new Error('no follower')
  const ask = (leaderEpoch?: number) => {
    const question = { topic: 'followed', partition: 0, timestamp: LATEST }
    const asked = leaderEpoch === undefined ? question : { ...question, leaderEpoch }
    return listOffsets(connections, follower, [asked], 'log-end', undefined)
  }
  // Without an epoch a follower answers from its own log, which may be behind.
  await expect.poll(() => ask().then(({ size }) => size, String)).toBe(1)
  await expect(ask(99)).rejects.toMatchObject({ error: 'UNKNOWN_LEADER_EPOCH', passing: true })
  await connections.close()
})

test('brokers that are told apart by the name a client asks for are each reached by theirs, never by an address', async () => {
  await createTopic('named', [1], [2])
  await send('named', 1, -1)
  const resolve = dns.lookup
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: never[]) =>
    (resolve as (...all: unknown[]) => void)(name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest)) as never)
  const { port, caFile, asked } = two.front
  const tls = { caFile, rejectUnauthorized: true }
  const cluster = createKafkaCluster('T', { ...config(`${nameOfFront}:${port}`), tls })
  const byAddress = createKafkaCluster('T', { ...config(`127.0.0.1:${port}`), tls })
  const named = createKafkaCluster('T', { ...config(`127.0.0.1:${port}`), tls: { ...tls, serverName: nameOfFront } })
  try {
    expect((await cluster.ends(['named']))[0]?.partitions).toEqual([
      [0, 0, 0, 0],
      [1, 0, 1, 1],
    ])
    expect(await cluster.lastRecords([{ topic: 'named', partition: 1 }])).toMatchObject([{ found: 'record' }])
    expect(new Set(asked)).toEqual(new Set([nameOfFront, 'broker-1.localhost', 'broker-2.localhost']))
    expect(await cluster.describe()).toMatchObject({ authorizer: true })
    asked.length = 0
    await expect(byAddress.listTopics()).rejects.toHaveProperty('type', errorTypes.unreachable)
    expect(new Set(asked)).toEqual(new Set(['']))
    asked.length = 0
    expect(await named.listTopics()).toContain('named')
    expect(new Set(asked)).toEqual(new Set([nameOfFront]))
  } finally {
    vi.restoreAllMocks()
    await Promise.all([cluster, byAddress, named].map((one) => one.close()))
  }
})

test('an ACL that one broker has not applied is no part of a fence that stands, and what one broker still lists is not gone', async () => {
  await createTopic('orders', [1], [2])
  const cluster = createKafkaCluster('T', config(two.bootstrap))
  const direct = new BrokerConnections('T', config(two.bootstrap), undefined)
  const deny: AclEntry = { ...aDenial, name: 'orders' }
  const held: Held = {
    episode: 1,
    restore: true,
    settled: false,
    left: 'T',
    active: 'U',
    topics: ['orders'],
    fence: [deny],
    unselected: false,
    stopped: false,
    ends: null,
  }
  const signal = new AbortController().signal
  const deps = {
    ports: { cluster: () => cluster },
    config: () => ({ pairs: { p: { links: [] } } }),
    clock: { now: () => new Date() },
  } as unknown as ActivityDeps
  const fence = { link: null, cluster: 'T', principals: ['User:u'], topics: ['orders'], operations: ['Write' as const] }
  const seen = async () => ({
    listed: (await cluster.acls(['orders'])).length,
    changed: (await lookAtKept(deps, 'p', held, signal)).signs['fence-changed']?.what,
    fence: await observeFence(deps, fence, signal).then(({ missing }) => missing, String),
    ours: (await seeOurs(deps.ports, aDossier([deny]), { clusters: [], memoryTopic: 'm' })).map(({ there }) => there),
  })
  const first = { host: '127.0.0.1', port: Number(two.bootstrap.split(':')[1]) }
  const split = {
    listed: 2,
    changed: expect.stringContaining('1 of 1 entries of our fence are on some brokers of T only: deny Write of User:u'),
    fence: expect.stringContaining('Brokers of T do not list the same ACLs: 1 of the 1 entries'),
    ours: [true],
  }
  const whole = { listed: 1, changed: null, fence: [], ours: [true] }
  two.news.hold()
  try {
    await direct.call(first, createAclsV2.api, [[toWire(deny)]])
    await expect.poll(seen).toEqual(split)
    expect(await cluster.access('User:u', 'Write', ['orders'])).toMatchObject({ denied: ['orders'] })
  } finally {
    two.news.release()
  }
  await expect.poll(seen, { timeout: PATIENCE_MS }).toEqual(whole)
  two.news.hold()
  try {
    await direct.call(first, deleteAclsV2.api, [[toWire(deny)]])
    await expect.poll(seen).toEqual(split)
  } finally {
    two.news.release()
  }
  await expect
    .poll(seen, { timeout: PATIENCE_MS })
    .toMatchObject({ changed: expect.stringContaining('missing on T'), fence: [deny], ours: [false] })
  await Promise.all([cluster.close(), direct.close()])
})

function aDossier(added: AclEntry[]): Dossier {
  const at = new Date().toISOString()
  return {
    ...newDossier({ pair: 'p', primary: 'T', secondary: 'U', at }),
    fences: [{ cluster: 'T', episode: 1, at, added, proof: 'asked' }],
  }
}

test('a topic of others that lost its only replica holds up no change of ours', async () => {
  await createTopic('lonely', [2])
  await createTopic('led', [1])
  const cluster = createKafkaCluster('T', config(two.bootstrap))
  await cluster.createTopics([{ topic: 'kept', partitions: 1, replicas: 2, settings: {} }])
  expect(await cluster.describeTopics(['kept'])).toMatchObject([{ replicas: 2 }])
  await two.brokers[1].stop()
  await expect.poll(async () => (await cluster.describeTopics(['lonely']))[0]?.offline).toEqual([0])
  // What kafkajs does before any such request: it reads the metadata of all topics, and fails.
  await expect(
    two.kafka
      .admin()
      .connect()
      .then(() => two.admin.describeAcls(anyAcl)),
  ).rejects.toThrow(/leader/i)
  await cluster.createTopics([{ topic: 'ours', partitions: 2, settings: { 'cleanup.policy': 'compact' } }])
  expect(await cluster.describeTopics(['ours'])).toMatchObject([{ partitions: 2, offline: [] }])
  const topicId = (await cluster.describeTopics(['ours']))[0]?.topicId ?? ''
  expect(await cluster.deleteEmptyTopics([{ topic: 'ours', topicId }])).toEqual([])
  expect(await cluster.describeTopics(['ours'])).toEqual([])
  await cluster.deleteGroup('nobody')
  await cluster.createAcls([aDenial])
  expect(await cluster.acls(['led'])).toEqual([[aDenial]])
  await cluster.deleteAcls([aDenial])
  expect(await cluster.acls(['led'])).toEqual([[]])
  await cluster.close()
})
