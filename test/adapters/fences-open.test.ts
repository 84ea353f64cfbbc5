import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import type { AclEntry } from '../../src/contract/dossier.ts'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { activity, startInput } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf } from './certificates-support.ts'
import { aclsOf } from './kafka-support.ts'
import { createTopics } from './mirroring-support.ts'

/** A fence where everybody may use what has no ACL, and nothing has one: nobody but the producers may notice it. */

const topic = 'open.orders'
const other = 'open.audit'
const lab = useLab({
  ground: 'open',
  topics: [
    { name: topic, partitions: 1 },
    { name: other, partitions: 1 },
  ],
})

let evidence: ReturnType<typeof evidenceOf>

beforeAll(() => {
  evidence = evidenceOf(lab())
})

afterAll(async () => {
  await evidence?.source.deleteAcls(await aclsOf(evidence.source, [topic, other, `${other}-log`]))
  await evidence?.close()
})

const userOf = (name: string) => lab().a.users.find(({ username }) => username === name) ?? expect.fail(`no ${name}`)

/** `known`: by a producer with an id, as the leaders remember it. */
async function writes(name: string, to = topic, known = false): Promise<void> {
  const producer = kafkaClient(lab().a.bootstrap, userOf(name), { retries: 1 }).producer({
    ...(known ? { idempotent: true, maxInFlightRequests: 1 } : {}),
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  try {
    await producer.send({ topic: to, messages: [{ value: name }] })
  } finally {
    await producer.disconnect()
  }
}

const fence = (topics = [topic]) => ({
  link: evidence.link,
  cluster: 'A',
  principals: ['User:producer-app'],
  topics,
  operations: ['Write' as const],
})

/** Reads one record as this user, or throws what the broker says. */
async function reads(name: string, from = topic): Promise<number> {
  const config = evidence.deps.config().clusters['A'] ?? expect.fail('no cluster A')
  process.env['OPEN_TEST_PASSWORD'] = userOf(name).password
  const as = createKafkaCluster('A', {
    ...config,
    sasl: { mechanism: 'PLAIN', username: name, password: { env: 'OPEN_TEST_PASSWORD' } },
  })
  try {
    return (await as.readRecords(from, 0, 0, 1)).records.length
  } finally {
    await as.close()
  }
}

/** The copy grows beyond this end within a minute. */
async function copied(beyond: number): Promise<void> {
  const target = evidence.deps.ports.cluster('B')
  await vi.waitFor(
    async () => expect((await target.ends([`A.${topic}`]))[0]?.partitions[0]?.[2] ?? 0).toBeGreaterThan(beyond),
    { timeout: PATIENCE_MS, interval: 500 },
  )
}

test('the cluster is seen to be open, although its brokers hide the setting and no application can be asked', async () => {
  expect(await evidence.source.allowsWithoutAcl([topic])).toBe(true)
  expect(await evidence.source.access('User:consumer-app', 'Read', [topic])).toEqual({
    evidence: 'derived-from-acls',
    allowed: [topic],
    denied: [],
  })
})

test('producers are refused; consumers, mirroring and every other topic go on; lifted, nothing is left', async () => {
  await writes('producer-app')
  await copied(0)
  const { missing, refused } = await activity().run(evidence.reads.observeFence, fence())
  expect(refused).toBeUndefined()
  expect(missing.map(({ permission, principal }) => `${permission} ${principal}`)).toEqual([
    'allow User:*',
    'deny User:producer-app',
  ])
  await evidence.source.createAcls(missing)
  await expect(writes('producer-app')).rejects.toThrow(/not authorized/i)
  expect(await reads('consumer-app')).toBe(1)
  // A record of somebody else still gets in, and still comes over: the mirroring is no super user either.
  await writes('consumer-app')
  await copied(1)
  await writes('producer-app', other)
  expect(
    await activity().run(evidence.reads.checkAccess, {
      cluster: 'A',
      checks: [
        { principal: 'User:producer-app', operation: 'Write', topics: [topic] },
        { principal: 'User:*', operation: 'Read', topics: [topic] },
      ],
    }),
  ).toMatchObject([{ denied: [topic] }, { allowed: [topic] }])
  await evidence.source.deleteAcls(missing)
  expect(await aclsOf(evidence.source, [topic])).toEqual([])
  await writes('producer-app')
})

test("the pair's own fence of a cluster that is back does the same, and is whole after it was cut off", async () => {
  const input = {
    pair: lab().pair,
    cluster: 'A',
    fence: { principals: ['User:producer-app'], topics: [topic], operations: ['Write' as const] },
    pollMs: 200,
    maxMs: PATIENCE_MS,
  }
  const { missing } = await activity().run(evidence.waits.keepObligation, { ...input, apply: false })
  expect(missing).toHaveLength(2)
  // Only the DENY has come through: everybody is shut out, until the fence is made whole.
  await evidence.source.createAcls(missing.filter(({ permission }) => permission === 'deny'))
  await expect(reads('consumer-app')).rejects.toThrow(/AUTHORIZATION/)
  expect(await activity().run(evidence.waits.keepObligation, { ...input, apply: true })).toMatchObject({
    reached: true,
  })
  expect(await reads('consumer-app')).toBe(1)
  await evidence.source.deleteAcls(missing)
})

test('a live topic of somebody else that begins with the same name: the fence is refused where it would close it, blocks while it has a writer, and does deny it', async () => {
  const live = `${topic}-live`
  await createTopics(lab().a, { [live]: 1 })
  const admits = (name: string, users: string[]) =>
    users.map((user): AclEntry => ({
      resource: 'topic',
      name,
      pattern: 'literal',
      principal: `User:${user}`,
      host: '*',
      operation: 'All',
      permission: 'allow',
    }))
  const assessed = async () => {
    const pair = lab().pair
    const dossier = newDossier({ pair, primary: 'A', secondary: 'B', at: new Date().toISOString() })
    const plan = draftPlan(evidence.deps, {
      operation: 'failover',
      input: startInput('failover', { pair, mode: 'planned' }),
      dossier,
      mode: 'planned',
    })
    const applications = plan.applications
      .filter(({ kind }) => kind === 'producer')
      .map((application) => ({ ...application, topics: [topic] }))
    const narrowed = { ...plan, topics: [topic], groups: [], applications }
    const { findings, expectations } = await activity().run(evidence.reads.assess, { plan: narrowed, dossier })
    return {
      fence: findings
        .filter(({ code }) => code.startsWith('fence-'))
        .map(({ severity, code }) => `${severity} ${code}`),
      text: findings.map(({ text }) => text).join('\n'),
      bound: expectations.fence,
    }
  }
  // With ACLs of its own the topic is closed, and the one beside it is open.
  const own = admits(topic, ['mirror', 'switchback', 'producer-app', 'consumer-app'])
  const theirs = admits(live, ['producer-app', 'switchback'])
  // Kept from one topic we are seen to be no super user, so that what we may use without ACLs is open.
  const kept = admits(other, ['consumer-app'])
  await evidence.source.createAcls([...own, ...kept])
  await vi.waitFor(
    async () => {
      const open = await assessed()
      expect(open.fence).toEqual(['blocking fence-harms', 'warning fence-hits'])
      expect(open.text).toContain(
        `would be a prefix and the first ACL of ${live}, which would shut out everybody there`,
      )
    },
    { timeout: PATIENCE_MS, interval: 500 },
  )

  await evidence.source.createAcls(theirs)
  const quiet = await assessed()
  expect(quiet.fence).toEqual(['warning fence-hits'])
  expect(quiet.text).toContain(`${live} (User:producer-app). No producer with an id has written there lately.`)
  expect(quiet.bound).toEqual({ denies: [{ topic: live, principals: ['User:producer-app'] }], admits: [] })

  await writes('producer-app', live, true)
  expect((await assessed()).fence).toEqual(['blocking fence-hits-writer'])

  // Hidden from us, it is not said to be quiet.
  const [, ours] = theirs
  await evidence.source.deleteAcls(ours ? [ours] : [])
  await vi.waitFor(
    async () => {
      const hidden = await assessed()
      expect(hidden.fence).toEqual(['warning fence-hits'])
      expect(hidden.text).toContain(`${live} (User:producer-app). Whether somebody writes there could not be seen.`)
    },
    { timeout: PATIENCE_MS, interval: 500 },
  )

  // It is as foreseen: the same entry refuses the writer of the other topic.
  const { missing } = await activity().run(evidence.reads.observeFence, fence())
  await evidence.source.createAcls(missing)
  await expect(writes('producer-app', live)).rejects.toThrow(/not authorized/i)
  await evidence.source.deleteAcls([...missing, ...own, ...kept, ...theirs])
})

test('a prefix that would open a topic with ACLs of its own is refused; what is open beside it stays open', async () => {
  await createTopics(lab().a, { [`${other}-log`]: 1 })
  const own: AclEntry = {
    resource: 'topic',
    name: `${other}-log`,
    pattern: 'literal',
    principal: 'User:consumer-app',
    host: '*',
    operation: 'Read',
    permission: 'allow',
  }
  const { missing } = await activity().run(evidence.reads.observeFence, fence([other]))
  await evidence.source.createAcls(missing)
  await writes('consumer-app', `${other}-log`)
  await evidence.source.deleteAcls(missing)
  await evidence.source.createAcls([own])
  const { refused } = await activity().run(evidence.reads.observeFence, fence([other]))
  expect(refused?.join()).toMatch(/open open\.audit-log to everybody.*sync\.topic\.acls\.enabled=false/)
  await evidence.source.deleteAcls([own])
})
