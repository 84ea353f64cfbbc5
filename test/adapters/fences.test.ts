import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { until } from '../../lab/process/wait.ts'
import { assess } from '../../src/activities/assess/assess.ts'
import { tidyUp } from '../../src/activities/keep/tidy.ts'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { seeOurs } from '../../src/cli/check/ours.ts'
import type { AclEntry, Dossier } from '../../src/contract/dossier.ts'
import { missingAcls } from '../../src/domain/fence/fence.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { tidyOf } from '../../src/domain/dossier/ours.ts'
import { offendersText } from '../../src/domain/fence/offenders.ts'
import { copyId } from '../../src/domain/losses/stranded-copy.ts'
import { memoryApplication } from '../activities/memory-ports.ts'
import { activity } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf, strangersOf } from './certificates-support.ts'
import { aclsOf } from './kafka-support.ts'
import { keeperOf } from './kept-support.ts'
import { changeConfig, createTopics, untilState } from './mirroring-support.ts'

/** The fence and its proof on real brokers: who breaks it is named, and it stays where it was put. */

const names = ['written', 'nightly', 'fenced', 'raced'].map((name) => `fence.${name}`)
const [written = '', nightly = '', fenced = '', raced = ''] = names
const lab = useLab({ topics: names.map((name) => ({ name, partitions: 2 })) })
const connector = 'A-B-source'
/** An idempotent producer insists on some. */
const RETRIES = 3

let evidence: ReturnType<typeof evidenceOf>
let strangers: Awaited<ReturnType<typeof strangersOf>>

beforeAll(async () => {
  evidence = evidenceOf(lab())
  strangers = await strangersOf(lab().a)
})

afterAll(async () => {
  await strangers?.close()
  await evidence?.close()
})

const acl = (fields: Partial<AclEntry>): AclEntry => ({
  resource: 'topic',
  name: nightly,
  pattern: 'literal',
  principal: 'User:nightly',
  host: '*',
  operation: 'Write',
  permission: 'allow',
  ...fields,
})

const stillness = (maxMs: number) =>
  activity().run(evidence.waits.awaitStill, { cluster: 'A', topics: [written], stabilityMs: 800, maxMs })

test('whoever writes on is named with offsets, rate, producer and transactional id, and is gone when it stops', async () => {
  await strangers.produce(written, 3)
  const client = kafkaClient(lab().a.bootstrap, lab().a.admin, { retries: RETRIES })
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  const idempotent = client.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner })
  await idempotent.connect()
  const stopped = new AbortController()
  const plain = (async () => {
    for (; !stopped.signal.aborted; await sleep(50))
      await idempotent.send({ topic: written, messages: [{ value: 'x', partition: 0 }] })
  })()
  const transactional = (async () => {
    for (; !stopped.signal.aborted; await sleep(100)) {
      const transaction = await strangers.transaction('fence-behind')
      await transaction.send({ topic: written, messages: [{ value: 'x', partition: 1 }] })
      await transaction.commit()
    }
  })()
  // On a busy machine a writer may rest for longer than the window: that is no writer then, and it is looked at again.
  const bothWrite = async () => {
    const verdict = await stillness(2_500)
    return !verdict.still && verdict.offenders.length === 2 && verdict.offenders
  }
  const offenders = await until(bothWrite, { what: 'two writers', timeoutMs: PATIENCE_MS })
  stopped.abort()
  await Promise.all([plain, transactional])
  await idempotent.disconnect()
  const [first, second] = offenders.toSorted((a, b) => a.partition - b.partition)
  expect(first).toMatchObject({ topic: written, partition: 0, producers: [[expect.any(Number), null]] })
  expect(first?.from).toBeGreaterThanOrEqual(3)
  expect(first?.to).toBeGreaterThan(first?.from ?? Infinity)
  expect(second).toMatchObject({ topic: written, partition: 1, producers: [[expect.any(Number), 'fence-behind']] })
  expect(offendersText(first ? [first] : [])).toMatch(
    /^fence\.written-0 from \d+ to \d+ in [\d.]+ s \([\d.]+ a second; producer id \d+\)$/,
  )
  // The markers of its last transaction come after its producer has gone.
  expect(await stillness(PATIENCE_MS)).toMatchObject({ still: true, offenders: [] })
})

/** Writers at once, each with a request on its way at any time, so that some are in the middle of the fence. */
const WRITERS = 8

test('behind a fence that leaders and log ends have proven nothing comes any more: writes in flight are before its ends', async () => {
  const producer = lab().a.users.find(({ username }) => username === 'producer-app')
  if (!producer) throw new Error('the lab has no producer-app')
  const client = kafkaClient(lab().a.bootstrap, producer, { retries: 0 })
  const wanted = [acl({ name: raced, principal: 'User:producer-app', permission: 'deny' })]
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  for (let round = 0; round < 5; round++) {
    const [before] = await evidence.fence([raced])
    let accepted = 0
    const writers = Array.from({ length: WRITERS }, async (_, index) => {
      const one = client.producer({ createPartitioner })
      await one.connect()
      try {
        for (;;) {
          await one.send({ topic: raced, acks: -1, messages: [{ value: 'x', partition: index % 2 }] })
          accepted += 1
        }
      } catch (refusal) {
        expect(String(refusal)).toMatch(/authoriz/i)
      } finally {
        await one.disconnect()
      }
    })
    await until(() => accepted > 50, { what: 'records', timeoutMs: PATIENCE_MS, pollMs: 5 })
    await evidence.source.createAcls(wanted)
    const verdict = await activity().run(evidence.waits.awaitStill, {
      cluster: 'A',
      topics: [raced],
      stabilityMs: 60_000,
      refused: { principals: ['User:producer-app'], stabilityMs: 250 },
      maxMs: PATIENCE_MS,
    })
    expect(verdict).toMatchObject({ still: true, stillMs: 250, access: [{ evidence: 'asked-as-principal' }] })
    await Promise.all(writers)
    await sleep(500)
    expect(await evidence.fence([raced])).toEqual(verdict.ends)
    const records = (of: typeof verdict.ends) =>
      of.flatMap(({ partitions }) => partitions).reduce((sum, [, , end]) => sum + end, 0)
    expect(records(verdict.ends) - records(before ? [before] : [])).toBe(accepted)
    await evidence.source.deleteAcls(wanted)
  }
})

test('a producer that is a super user is warned of while it runs: it writes where no ACL lets anybody', async () => {
  const owned = 'fence-by-super-user'
  await strangers.createTopic({ topic: owned })
  // Somebody may read it, so it is not open to everybody, whatever the brokers' setting.
  const reader = acl({ name: owned, principal: 'User:consumer-app', operation: 'Read' })
  await evidence.source.createAcls([reader])
  const client = kafkaClient(lab().a.bootstrap, lab().a.admin, { retries: RETRIES })
  const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner })
  await producer.connect()
  await producer.send({ topic: owned, messages: [{ value: 'x' }] })
  await producer.disconnect()
  const pair = lab().pair
  const input = { pair, reason: 'x', requestedBy: 'x', mode: 'planned' as const, dryRun: true, adopt: false }
  const dossier = newDossier({ pair, primary: 'A', secondary: 'B', at: new Date().toISOString() })
  const drafted = draftPlan(evidence.deps, { operation: 'failover', input, dossier, mode: 'planned' })
  const found = async (principal: string, state: 'running' | 'stopped') => {
    const applications = drafted.applications
      .filter(({ kind }) => kind === 'producer')
      .map((app) => ({ ...app, principal, topics: [owned] }))
    // The brokers are real; whether the application runs is its own control's word.
    const application = (_pair: string, name: string) => memoryApplication(name, { state, cluster: 'A' })
    const deps = { ...evidence.deps, ports: { ...evidence.deps.ports, application } }
    const plan = { ...drafted, topics: [owned], applications, groups: [] }
    const { findings } = await assess(deps, { plan, dossier, readiness: null }, new AbortController().signal)
    return findings.filter(({ code }) => code === 'producer-exempt').map(({ text }) => text)
  }
  expect(await found('User:admin', 'running')).toEqual([
    expect.stringMatching(new RegExp(`^User:admin is probably a super user of A.*${owned} is written`)),
  ])
  expect(await found('User:admin', 'stopped')).toEqual([])
  // Another one may write there by an ACL: then it may be that one.
  const other = acl({ name: owned, principal: 'User:other' })
  await evidence.source.createAcls([other])
  expect(await found('User:admin', 'running')).toEqual([])
  await evidence.source.deleteAcls([reader, other])
})

test('an hourly writer that nobody listed is found by its ACL before it writes, and the move is blocked', async () => {
  const assessed = async () => {
    const pair = lab().pair
    const input = { pair, reason: 'x', requestedBy: 'x', mode: 'planned' as const, dryRun: true, adopt: false }
    const dossier = newDossier({ pair, primary: 'A', secondary: 'B', at: new Date().toISOString() })
    const plan = await activity().run(evidence.reads.draftPlan, {
      operation: 'failover',
      input,
      dossier,
      mode: 'planned',
    })
    const { findings } = await activity().run(evidence.reads.assess, { plan, dossier })
    return findings.filter(({ code }) => code.startsWith('unlisted'))
  }
  expect(await assessed()).toEqual([])
  await evidence.source.createAcls([acl({})])
  const [found, ...others] = await assessed()
  expect(others).toEqual([])
  expect(found).toMatchObject({ severity: 'blocking', code: 'unlisted-writer' })
  expect(found?.text).toContain(`User:nightly may write ${nightly} on A`)
  expect(found?.text).toContain('No producer with an id has written there lately')
  await evidence.source.deleteAcls([acl({})])
  expect(await assessed()).toEqual([])
})

/** As MirrorMaker does by default, and sooner. */
async function copyingAcls(): Promise<void> {
  await changeConfig(lab().b.connect.url, connector, {
    'sync.topic.acls.enabled': 'true',
    'sync.topic.acls.interval.seconds': '1',
  })
  await untilState(lab().b.connect.url, connector, 'RUNNING')
}

const fenceOfProducers = () =>
  activity().run(evidence.reads.observeFence, {
    link: evidence.link,
    cluster: 'A',
    principals: ['User:producer-app'],
    topics: [fenced],
    operations: ['Write'],
  })

test('a link that copies ACLs does not carry the fence to the target, as it would carry a literal one', async () => {
  await copyingAcls()
  const target = evidence.deps.ports.cluster('B')
  const view = await fenceOfProducers()
  expect(view.missing).toMatchObject([{ name: fenced, pattern: 'prefixed', permission: 'deny', operation: 'Write' }])
  await strangers.produce(fenced, 1)
  await evidence.reached(fenced, 0, 0)
  const literal = acl({ name: fenced, permission: 'deny' })
  await evidence.source.createAcls([...view.missing, literal])
  const denied = async () =>
    (await aclsOf(target, [`${fenced}.A`]))
      .filter(({ permission }) => permission === 'deny')
      .map(({ principal }) => principal)
  await until(async () => (await denied()).length > 0, { what: 'no ACL is copied', timeoutMs: PATIENCE_MS })
  // The link has copied what is literal; a second round, which brings what came after, would bring the rest, if it were to come.
  const later = { ...literal, principal: 'User:later' }
  await evidence.source.createAcls([later])
  await until(async () => (await denied()).length > 1, { what: 'no second round', timeoutMs: PATIENCE_MS })
  expect((await denied()).toSorted()).toEqual(['User:later', 'User:nightly'])
  await evidence.source.deleteAcls([...view.missing, literal, later])
})

test('a live topic of somebody else that begins with the same name is not hit: its fence is literal, and its writer goes on', async () => {
  await copyingAcls()
  const live = `${fenced}-live`
  await createTopics(lab().a, { [live]: 1 })
  const theirs = acl({ name: live, principal: 'User:producer-app', operation: 'All' })
  await evidence.source.createAcls([theirs])
  const view = await fenceOfProducers()
  expect((await evidence.position.describe()).copiesAcls).toBe(true)
  expect(view.missing).toMatchObject([{ name: fenced, pattern: 'literal', permission: 'deny', operation: 'Write' }])
  await evidence.source.createAcls(view.missing)
  const user = lab().a.users.find(({ username }) => username === 'producer-app')
  if (!user) throw new Error('the lab has no producer-app')
  const producer = kafkaClient(lab().a.bootstrap, user, { retries: 0 }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const writes = (topic: string) => producer.send({ topic, messages: [{ value: 'x', partition: 0 }] })
  try {
    await expect(writes(fenced)).rejects.toThrow(/authoriz/i)
    expect(await writes(live)).toMatchObject([{ errorCode: 0 }])
  } finally {
    await producer.disconnect()
    await evidence.source.deleteAcls([...view.missing, theirs])
  }
})

test('reads are fenced as well: the broker refuses the consumer, and says so of its principal', async () => {
  const fence = {
    link: null,
    cluster: 'A',
    principals: ['User:consumer-app'],
    topics: [fenced],
    operations: ['Read' as const],
  }
  const checks = [{ principal: 'User:consumer-app', operation: 'Read' as const, topics: [fenced] }]
  const access = () => activity().run(evidence.reads.checkAccess, { cluster: 'A', checks })
  expect(await access()).toMatchObject([{ evidence: 'asked-as-principal', allowed: [fenced] }])
  const { clusters } = evidence.deps.config()
  const asConsumer = createKafkaCluster('A', {
    ...(clusters['A'] ?? expect.fail('no cluster A')),
    sasl: clusters['A']?.principals['User:consumer-app'],
  })
  await strangers.produce(fenced, 1, { partition: 1 })
  expect((await asConsumer.readRecords(fenced, 1, 0, 1)).records).toHaveLength(1)
  const { missing } = await activity().run(evidence.reads.observeFence, fence)
  await evidence.source.createAcls(missing)
  expect(await access()).toMatchObject([{ evidence: 'asked-as-principal', denied: [fenced] }])
  await expect(asConsumer.readRecords(fenced, 1, 0, 1)).rejects.toThrow(/TOPIC_AUTHORIZATION_FAILED/)
  await evidence.source.deleteAcls(missing)
  await asConsumer.close()
})

test('an entry of our fence that somebody removes is put back, and who writes on the side that was left meanwhile is reported', async () => {
  const fence = [acl({ name: fenced, principal: 'User:producer-app', permission: 'deny' })]
  await evidence.source.createAcls(fence)
  const check = keeperOf(evidence.deps, {
    pair: evidence.link.pair,
    stage: 'failed-over',
    topics: [fenced],
    fence,
    ends: await evidence.fence([fenced]),
  })
  expect(await check()).toEqual([])
  await evidence.source.deleteAcls(fence)
  await strangers.produce(fenced, 2)
  expect(await check()).toMatchObject([
    { kind: 'fence-changed', where: 'A', restored: [] },
    { kind: 'left-side-written', what: expect.stringContaining('2 offsets') },
  ])
  // Deleted ACLs are gone on all brokers a moment later.
  await until(async () => (await check()).some(({ restored }) => restored.length > 0), {
    what: 'the fence put back',
    timeoutMs: PATIENCE_MS,
  })
  await until(async () => missingAcls(await aclsOf(evidence.source, [fenced]), fence).length === 0, {
    what: 'the entry there again',
    timeoutMs: PATIENCE_MS,
  })
  await evidence.source.deleteAcls(fence)
})

test('what is of ours on a cluster is listed, and removed when its purpose is over', async () => {
  const { pair } = evidence.link
  const id = copyId(pair, 1, 'replay')
  const fence = [acl({ name: fenced, principal: 'User:producer-app', permission: 'deny' })]
  await evidence.source.createAcls(fence)
  await evidence.source.setGroupOffsets({ group: id, topics: [{ topic: written, offsets: [[0, 0]] }] })
  const at = new Date().toISOString()
  const dossier: Dossier = {
    ...newDossier({ pair, primary: 'B', secondary: 'A', at }),
    moves: [{ episode: 1, operation: 'failback', from: 'A', to: 'B', mode: 'planned', at, drainedGroups: [] }],
    fences: [{ cluster: 'A', episode: 1, at, added: fence, proof: 'asked' }],
    copies: [{ id, cluster: 'A', episode: 1, at, action: 'replay' }],
    settlements: [
      {
        cluster: 'B',
        episode: 1,
        at,
        by: 'kim',
        reason: 'x',
        action: 'replay',
        ledger: at,
        records: 0,
        copied: { cluster: 'A', into: '{topic}', records: 0, id, at },
        topics: [],
      },
    ],
  }
  const seen = async () => {
    const ours = await seeOurs(evidence.deps.ports, dossier, { clusters: [], memoryTopic: 'none' })
    return ours.map(({ kind, there }) => `${kind} ${there}`)
  }
  await until(async () => (await seen()).join() === 'entry true,group true', {
    what: 'both there',
    timeoutMs: PATIENCE_MS,
  })
  const tidy = () =>
    tidyUp(
      evidence.deps,
      { pair, tidy: tidyOf(dossier), door: { lease: () => Promise.resolve(null) } },
      new AbortController().signal,
    )
  expect(await tidy()).toEqual({ lifted: [{ cluster: 'A', acls: fence }], groups: [id] })
  await until(async () => (await seen()).join() === 'entry false,group false', {
    what: 'both gone',
    timeoutMs: PATIENCE_MS,
  })
  // A second time nothing fails.
  expect(await tidy()).toEqual({ lifted: [{ cluster: 'A', acls: fence }], groups: [id] })
})
