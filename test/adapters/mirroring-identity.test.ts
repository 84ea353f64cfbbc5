import { appendFileSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { until } from '../../lab/process/wait.ts'
import { assess } from '../../src/activities/assess/assess.ts'
import { checkPositions } from '../../src/activities/reads/check-positions.ts'
import { estimateLoss, exactLoss } from '../../src/activities/evidence/losses.ts'
import { draftPlan } from '../../src/activities/reads/draft-plan.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import type { Dossier } from '../../src/contract/dossier.ts'
import type { LagSample } from '../../src/contract/evidence.ts'
import type { Plan } from '../../src/contract/plan.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { packSample, unpackSample } from '../../src/domain/watch/packed-sample.ts'
import { forcedLoss } from '../../src/domain/watch/forced-loss.ts'
import { unreachable } from '../../src/ports/failures.ts'
import { activity, stagedDossier, startInput } from '../activities/scene.ts'
import { useLab } from '../lab/harness.ts'
import { PATIENCE_MS } from '../patience.ts'
import { evidenceOf, sent, strangersOf } from './certificates-support.ts'
import { connect, untilState } from './mirroring-support.ts'

/** What is lost when copies, sources and offsets are not what they seem: watch, assess, approval and ledger on real clusters. */

const topic = (name: string) => `identity.${name}`
const [idle, crowd, unseen, copied, gone, killed, cut, regrown, expiring] = [
  topic('idle'),
  topic('crowd'),
  topic('unseen'),
  topic('copied'),
  topic('gone'),
  topic('killed'),
  topic('cut'),
  topic('regrown'),
  topic('expiring'),
]
/** More than the watch follows. */
const crowded = 205
const lab = useLab({
  topics: [
    { name: idle, partitions: 3 },
    { name: crowd, partitions: crowded },
    { name: expiring, partitions: 2 },
    ...[unseen, copied, gone, killed, cut, regrown].map((name) => ({ name, partitions: 1 })),
  ],
})
const connector = 'A-B-source'
const signal = new AbortController().signal

let evidence: ReturnType<typeof evidenceOf>
let strangers: Awaited<ReturnType<typeof strangersOf>>
let connectUrl: string
let samples: Map<string, LagSample>

const stop = async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
  await untilState(connectUrl, connector, 'STOPPED', 0)
}
const resume = async () => {
  await connect(connectUrl, 'PUT', `/connectors/${connector}/resume`)
  await untilState(connectUrl, connector, 'RUNNING', 1)
}

/** The pair's sample of one topic, which remembers the one before; with the judgement of the watch, which scans rests. */
async function sample(name: string): Promise<LagSample> {
  const found = await evidence.watch([name], samples.get(name) ?? null, true)
  samples.set(name, found)
  return found
}

function dossier(name?: string): Dossier {
  const at = new Date().toISOString()
  const fresh = newDossier({ pair: lab().pair, primary: 'A', secondary: 'B', at })
  const known = name === undefined ? undefined : samples.get(name)
  return known === undefined ? fresh : { ...fresh, lastSample: packSample(known) }
}

function planOf(
  name: string,
  mode: Plan['mode'],
  operation: Plan['operation'] = 'failover',
  deps = evidence.deps,
): Plan {
  const staged = operation === 'failover' ? dossier() : stagedDossier(dossier(), operation)
  const input = startInput(operation, { pair: lab().pair, mode })
  return {
    ...draftPlan(deps, { operation, input, dossier: staged, mode }),
    topics: [name],
    groups: [],
    applications: [],
  }
}

async function assessed(name: string, mode: Plan['mode'], deps: ActivityDeps = evidence.deps) {
  const { findings, expectations } = await assess(deps, { plan: planOf(name, mode), dossier: dossier(name) }, signal)
  return {
    blocking: findings
      .filter(({ severity, code }) => severity === 'blocking' && !code.startsWith('unlisted-'))
      .map(({ code }) => code),
    findings,
    expectations,
  }
}

const link = () => ({ ...evidence.link, settlements: [] })
const packed = (name: string) => {
  const known = samples.get(name)
  return known ? packSample(known) : null
}
/** As a reset takes it. */
const ledger = (name: string) =>
  activity().run(() =>
    exactLoss(evidence.deps, { ...evidence.link, topics: [name], sample: packed(name), settlements: [] }, signal),
  )

beforeAll(async () => {
  samples = new Map()
  evidence = evidenceOf(lab())
  strangers = await strangersOf(lab().a)
  connectUrl = lab().b.connect.url
  for (const name of [copied, gone, killed]) await strangers.produce(name, 30)
  for (const name of [cut, regrown]) {
    await strangers.produce(name, 20)
    await strangers.produce(name, 20)
  }
  for (const [name, last] of [
    [copied, 29],
    [gone, 29],
    [killed, 29],
    [cut, 39],
    [regrown, 39],
  ] as const) {
    await evidence.reached(name, 0, last)
    await sample(name)
  }
})

afterAll(async () => {
  await strangers?.close()
  await evidence?.close()
})

test('idle partitions of a transactional producer are no lag and no loss, and stay so when what was left behind the position expires', async () => {
  for (const partition of [0, 1, 2]) {
    const committed = await strangers.transaction(`identity-${partition}`)
    await committed.send({ topic: idle, messages: sent(partition, 3) })
    await committed.commit()
    const aborted = await strangers.transaction(`identity-${partition}`)
    await aborted.send({ topic: idle, messages: sent(partition, 4) })
    await aborted.abort()
    await evidence.reached(idle, partition, 2)
  }
  await sample(idle)
  const seen = await sample(idle)
  expect(seen.totalLag).toBe(0)
  expect(forcedLoss({ ...dossier(idle), lastSample: packSample(seen) }, null, seen.at)).toMatchObject({
    records: 0,
    seconds: 0,
  })
  const before = await assessed(idle, 'planned')
  expect((await assessed(idle, 'forced')).expectations.lossRecords).toBe(0)
  for (const [partition, , end] of seen.ends[0]?.partitions ?? []) await strangers.deleteBefore(idle, end, partition)
  const after = await sample(idle)
  expect(after.ends[0]?.partitions.every(([, start, end]) => start === end && start > 5)).toBe(true)
  expect(after.lost ?? []).toEqual([])
  const now = await assessed(idle, 'planned')
  expect(now.blocking).toEqual(before.blocking)
  expect(now.expectations).toMatchObject({ lossRecords: 0 })
  expect((await evidence.mirrored([idle])).verdict).toBe('complete')
  expect((await ledger(idle)).records).toBe(0)
})

test('two hundred idle partitions of a transactional producer are no lag and no loss, and take no place of the one that stands still with records', async () => {
  const partitions = Array.from({ length: crowded }, (_, partition) => partition)
  const transaction = await strangers.transaction('identity-crowd')
  await transaction.send({ topic: crowd, messages: partitions.flatMap((partition) => sent(partition, 2)) })
  await transaction.commit()
  const behind = async () => {
    const mirrored = new Map((await evidence.position.mirroredTo([crowd]))[0]?.offsets)
    const rows = (await evidence.fence([crowd]))[0]?.partitions ?? []
    return rows.map(([partition, , end]) => end - 1 - (mirrored.get(partition) ?? -1))
  }
  await until(async () => (await behind()).every((offsets) => offsets === 1), {
    what: 'all is mirrored but the markers',
    timeoutMs: PATIENCE_MS,
  })
  expect(await behind()).toHaveLength(crowded)
  let looked: Awaited<ReturnType<typeof evidence.waits.watchLink>> | null = null
  const look = async () => {
    const previous: typeof looked = looked
    const next = await activity().run(evidence.waits.watchLink, {
      ...evidence.link,
      topics: [crowd],
      groups: [],
      intervalMs: 100,
      maxMs: 0,
      lastReachable: { source: true, link: true },
      previous: previous?.sample ?? null,
      memory: previous?.memory ?? null,
      recent: [],
      windows: { stall: 2, growth: 300, retention: 3_600 },
      judge: true,
    })
    looked = next
    samples.set(crowd, unpackSample(next.sample))
    return next
  }
  const lag = async () => {
    await look()
    return samples.get(crowd)?.totalLag
  }
  // So many rests are read at a time, each once.
  await until(async () => (await lag()) === 0, { what: 'nothing is behind', timeoutMs: PATIENCE_MS, pollMs: 100 })
  expect(forcedLoss(dossier(crowd), null, new Date().toISOString())).toMatchObject({ records: 0, seconds: 0 })
  expect((await assessed(crowd, 'forced')).expectations.lossRecords).toBe(0)

  await stop()
  const last = crowded - 1
  await strangers.produce(crowd, 36, { partition: last })
  const stall = async () => {
    const { memory } = await look()
    expect(memory.tracks.flatMap(({ rows }) => rows.map(([partition]) => partition))).toEqual([last])
    return memory.findings.find(({ code, raisedAt }) => code === 'stall' && raisedAt !== null)
  }
  const { text } = await until(async () => (await stall()) ?? false, {
    what: 'the one is not reported',
    timeoutMs: PATIENCE_MS,
    pollMs: 500,
  })
  // With the marker before them, which is an offset as well.
  expect(text).toContain(`1 partition, 37 offsets behind: ${crowd}-${last} (37 behind, mirrored to 1`)
  await resume()
  await evidence.reached(crowd, last, 38)
})

test('aborted records that expire before anybody read them are at most a warning that says that nobody knows', async () => {
  await strangers.produce(unseen, 5)
  await evidence.reached(unseen, 0, 4)
  const before = await assessed(unseen, 'planned')
  const aborted = await strangers.transaction('identity-unseen')
  await aborted.send({ topic: unseen, messages: sent(0, 6) })
  await aborted.abort()
  // The marker is written a moment later.
  await until(() => strangers.deleteBefore(unseen, 12).then(() => true), {
    what: 'the aborted records are not removed',
    timeoutMs: PATIENCE_MS,
  })
  await sample(unseen)
  const seen = await sample(unseen)
  for (const { records, atLeast } of seen.lost ?? []) expect([records, atLeast]).toEqual([undefined, undefined])
  const now = await assessed(unseen, 'planned')
  expect(now.blocking).toEqual(before.blocking)
  expect((await evidence.mirrored([unseen])).verdict).toBe('complete')
})

test('a copy that is created again, or gone, is a loss for watch, assess, approval and ledger', async () => {
  await stop()
  const standby = kafkaClient(lab().b.bootstrap, lab().b.admin).admin()
  await standby.connect()
  try {
    await standby.deleteTopics({ topics: [`${copied}.A`, `${gone}.A`] })
    await until(
      () => standby.createTopics({ topics: [{ topic: `${copied}.A`, numPartitions: 1 }], waitForLeaders: false }),
      {
        what: 'the copy is not created again',
        timeoutMs: PATIENCE_MS,
      },
    )
    await until(async () => (await standby.fetchTopicOffsets(`${copied}.A`)).length > 0, {
      what: 'the copy is not served',
      timeoutMs: PATIENCE_MS,
    })
    for (const [name, why] of [
      [copied, 'copy-recreated'],
      [gone, 'copy-deleted'],
    ] as const) {
      expect((await sample(name)).missing).toMatchObject([{ topic: name, why, rows: [[0, 0, 30]] }])
      const planned = await assessed(name, 'planned')
      expect(planned.blocking).toContain('copy-changed')
      const forced = await assessed(name, 'forced')
      expect(forced.expectations).toMatchObject({ lossRecords: 30, missing: 30 })
      expect((await ledger(name)).records).toBe(30)
      const check = await checkPositions(
        evidence.deps,
        { ...link(), topics: [name], sample: packed(name), running: false },
        signal,
      )
      expect(check).toMatchObject({ changes: [{ topic: name, offsets: [[0, null]] }], offsets: 30 })
      await evidence.position.setPosition(check.changes)
    }
    await resume()
    for (const name of [copied, gone]) {
      await evidence.reached(name, 0, 29)
      expect((await sample(name)).missing).toBeUndefined()
      expect((await assessed(name, 'planned')).blocking).not.toContain('copy-changed')
    }
  } finally {
    await standby.disconnect()
  }
})

test('with the source killed a loss is known at most, by the copy; without a sample, or with a topic that it does not cover, it is unknown; and a log that comes back shorter is found, and its position set back', async () => {
  const silent: ActivityDeps = {
    ...evidence.deps,
    ports: {
      ...evidence.deps.ports,
      mirroring: (...names) => ({
        ...evidence.deps.ports.mirroring(...names),
        mirroredTo: () => Promise.reject(unreachable('Connect does not answer.')),
      }),
    },
  }
  const behind = await sample(killed)
  await stop()
  for (let sent = 0; sent < many; sent += 8_000) await strangers.produce(killed, 8_000)
  const seen = await sample(killed)
  expect(seen.totalLag).toBe(many)
  expect(seen.mirroredTo).toEqual(behind.mirroredTo)
  await sample(cut)
  await sample(regrown)
  await connect(connectUrl, 'PUT', `/connectors/${connector}/resume`)
  const copy = async () => (await evidence.deps.ports.cluster('B').ends([`${killed}.A`]))[0]?.partitions[0]?.[2] ?? 0
  const began = await copy()
  await until(async () => (await copy()) > began, { what: 'nothing is mirrored', timeoutMs: PATIENCE_MS, pollMs: 5 })
  await lab().a.kill()
  await connect(connectUrl, 'PUT', `/connectors/${connector}/stop`)
  const [{ expectations }, estimate, unknown] = await Promise.all([
    assessed(killed, 'forced', silent),
    activity({ attempt: 3 }).run(() =>
      estimateLoss(silent, { ...evidence.link, topics: [killed], sample: packed(killed) }, signal),
    ),
    // Nobody ever saw this one.
    assess(evidence.deps, { plan: planOf(killed, 'forced'), dossier: dossier() }, signal),
  ])
  // A topic that came to the pair after the source was last seen: the link has a position of it, and nobody knows its end.
  const topics = [killed, copied]
  const partly = await assess(
    evidence.deps,
    { plan: { ...planOf(killed, 'forced'), topics }, dossier: dossier(killed) },
    signal,
  )
  expect(partly.expectations.lossRecords).toBeNull()
  expect(partly.expectations.lossText).toContain(`nothing is known of ${copied}, which the last sample does not cover`)
  const estimated = await activity().run(() =>
    estimateLoss(evidence.deps, { ...evidence.link, topics, sample: packed(killed) }, signal),
  )
  expect(estimated.topics[1]?.rows.map((row) => row.slice(2, 4))).toEqual([[null, null]])
  const left = stagedDossier({ ...dossier(), ledgers: [estimated] }, 'reset')
  const begun = { ...left, episode: left.episode && { ...left.episode, startedAt: behind.at } }
  const returning = await assess(evidence.deps, { plan: planOf(killed, 'planned', 'reset'), dossier: begun }, signal)
  expect(returning.expectations.lossRecords).toBeNull()

  const most = expectations.lossRecords
  // The link still writes what it had fetched, so that the two may differ: each is a bound.
  expect(most).toBeLessThan(many)
  expect(estimate.records).toBeLessThan(many)
  expect(unknown.expectations.lossRecords).toBeNull()
  expect(forcedLoss(dossier(), null, new Date().toISOString())).toMatchObject({ records: null, seconds: null })

  // The unsynced tails of two logs are lost with the machine.
  const folder = join(lab().dir, 'data', 'broker-A', 'data')
  for (const name of [cut, regrown]) cutLog(folder, `${name}-0`)
  // The broker looks every 5 minutes for what has expired, by default: what it does then is the same.
  appendFileSync(
    join(folder, '..', 'server.properties'),
    'log.retention.check.interval.ms=500\nlog.initial.task.delay.ms=500\n',
  )
  await lab().a.start()
  // It grows past the position before anybody looks.
  await strangers.produce(regrown, 25)
  const moved = stagedDossier(
    { ...dossier(), moves: [{ operation: 'failover', mode: 'forced', episode: 1 }] as Dossier['moves'] },
    'reset',
  )
  const reset = await assess(evidence.deps, { plan: planOf(killed, 'planned', 'reset'), dossier: moved }, signal)
  expect(reset.expectations.lossRecords).toBeNull()
  const counted = await ledger(killed)
  expect(counted.records).toBeLessThanOrEqual(Math.min(most ?? -1, estimate.records ?? -1))

  const shorter = await sample(cut)
  expect(shorter.ends[0]?.partitions).toEqual([[0, 0, 20, 20]])
  expect(shorter.topicIds).toEqual(samples.get(cut)?.topicIds)
  expect(shorter.missing).toMatchObject([{ why: 'source-truncated', rows: [[0, 20, 40]] }])
  await strangers.produce(cut, 5)
  await sample(cut)
  expect((await assessed(cut, 'planned')).blocking).toContain('source-changed')
  expect((await assessed(cut, 'forced')).expectations.lossRecords).toBe(5)
  expect((await ledger(cut)).records).toBe(5)
  const check = await checkPositions(
    evidence.deps,
    { ...link(), topics: [cut], sample: packed(cut), running: false },
    signal,
  )
  expect(check).toMatchObject({ changes: [{ topic: cut, offsets: [[0, 19]] }], partitions: 1, offsets: 5 })
  await untilState(connectUrl, connector, 'STOPPED', 0)
  await evidence.position.setPosition(check.changes)
  await sample(cut)
})

/** Records enough that their cluster is lost while they are mirrored, and not after: a link takes 500 at a time. */
const many = 40_000

test('a log that came back shorter and grew past its position before anybody looked is known by its records: they are in the ledger, and mirrored', async () => {
  const before = samples.get(regrown)
  // Nobody has looked since the kill; the position looks like any other.
  const [position] = (await evidence.position.mirroredTo([regrown]))[0]?.offsets ?? []
  expect(position).toEqual([0, 39])
  expect((await evidence.fence([regrown]))[0]).toMatchObject({ partitions: [[0, 0, 45, 45]] })
  expect((await ledger(regrown)).topics[0]?.rows.map((row) => row.slice(0, 4))).toEqual([
    [0, 20, 40, 20],
    [0, 40, 45, 5],
  ])
  const forced = await assessed(regrown, 'forced')
  expect(forced.expectations).toMatchObject({ lossRecords: 25, missing: 20 })
  const check = await checkPositions(
    evidence.deps,
    { ...link(), topics: [regrown], sample: packed(regrown), running: false },
    signal,
  )
  expect(check).toMatchObject({ changes: [{ topic: regrown, offsets: [[0, 19]] }], partitions: 1, offsets: 20 })
  expect((await assessed(regrown, 'planned')).blocking).toContain('source-changed')
  await evidence.position.setPosition(check.changes)
  await sample(regrown)
  await resume()
  await evidence.reached(cut, 0, 24)
  expect((await sample(cut)).missing).toBeUndefined()
  expect((await assessed(cut, 'planned')).blocking).not.toContain('source-changed')
  await evidence.reached(regrown, 0, 44)
  expect((await sample(regrown)).missing).toBeUndefined()
  const found = await evidence.certificate([regrown], { knownIds: before?.topicIds ?? [] })
  expect([found.complete, found.totalLag]).toEqual([true, 0])
})

test('what retention.ms removes of an idle transactional producer is no loss: a trailing marker, and a run of aborted records', async () => {
  const committed = await strangers.transaction('identity-expiring-0')
  await committed.send({ topic: expiring, messages: sent(0, 3) })
  await committed.commit()
  await strangers.produce(expiring, 2, { partition: 1 })
  const aborted = await strangers.transaction('identity-expiring-1')
  await aborted.send({ topic: expiring, messages: sent(1, 5) })
  await aborted.abort()
  await evidence.reached(expiring, 0, 2)
  await evidence.reached(expiring, 1, 1)
  await sample(expiring)
  const seen = await sample(expiring)
  expect(seen.totalLag).toBe(0)
  const before = await assessed(expiring, 'planned')
  await strangers.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: expiring,
        configEntries: [{ name: 'retention.ms', value: '1000' }],
      },
    ],
  })
  const expired = async () =>
    (await evidence.fence([expiring]))[0]?.partitions.every(([, start, end]) => start === end && end > 3) === true
  await until(expired, { what: 'nothing has expired', timeoutMs: 120_000, pollMs: 500 })
  expect((await evidence.fence([expiring]))[0]?.partitions.map(([, start]) => start)).toEqual([4, 8])
  const after = await sample(expiring)
  expect(after.lost ?? []).toEqual([])
  expect(forcedLoss({ ...dossier(expiring), lastSample: packSample(after) }, null, after.at)).toMatchObject({
    records: 0,
    seconds: 0,
  })
  const now = await assessed(expiring, 'planned')
  expect(now.blocking).toEqual(before.blocking)
  expect(now.expectations).toMatchObject({ lossRecords: 0 })
  expect((await assessed(expiring, 'forced')).expectations.lossRecords).toBe(0)
  expect((await evidence.mirrored([expiring])).verdict).toBe('complete')
  expect((await ledger(expiring)).records).toBe(0)
})

/** Takes the second half of a log, which was written in two batches, and what the broker remembers of having synced it. */
function cutLog(folder: string, partition: string): void {
  const path = join(folder, partition)
  const segment = join(path, '00000000000000000000.log')
  truncateSync(segment, 12 + readFileSync(segment).readInt32BE(8))
  for (const name of readdirSync(path)) if (/\.(snapshot|index|timeindex)$/.test(name)) rmSync(join(path, name))
  const [name, number] = [
    partition.slice(0, partition.lastIndexOf('-')),
    partition.slice(partition.lastIndexOf('-') + 1),
  ]
  for (const checkpoint of ['recovery-point-offset-checkpoint', 'replication-offset-checkpoint']) {
    const file = join(folder, checkpoint)
    const line = new RegExp(`^${name.replaceAll('.', '\\.')} ${number} \\d+$`, 'm')
    writeFileSync(file, readFileSync(file, 'utf8').replace(line, `${name} ${number} 0`))
  }
}
