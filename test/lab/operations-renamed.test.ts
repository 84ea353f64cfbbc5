import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pairUpdates } from '../../src/contract/definitions.ts'
import type { Lab } from '../../lab/lab.ts'
import { readSent } from '../../lab/apps/records.ts'
import type { MirroringOptions } from '../../lab/ibm/transforms.ts'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { createServedTopics } from '../../lab/kafka/create-topics.ts'
import type { LabOptions } from '../../lab/options.ts'
import { until } from '../../lab/process/wait.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { committedOf, endsOf, topicsOf } from './clusters-now.ts'
import type { Outcome } from './driven-run.ts'
import { useLab } from './harness.ts'
import { finalVerdicts } from './judged.ts'
import { business, Product, timing } from './product.ts'

/** Milliseconds of production between two operations. */
const BUSINESS_MS = 1_500
const topic = 'accounting.invoices'
const group = 'billing'

function oneTopic(transforms: Record<string, MirroringOptions>): LabOptions {
  return {
    topics: [{ name: topic, partitions: 2 }],
    backend: 'event-streams',
    transforms,
    recordsPerSecond: 40,
    startApplicationsOn: 'A',
    timing,
  }
}

function useProduct(lab: () => Lab): () => Product {
  let product: Product | undefined
  beforeAll(async () => {
    product = await Product.on(lab())
  }, LIMIT_MS)
  afterAll(() => product?.close())
  return () => {
    if (product === undefined) throw new Error('the product is not up: use it in tests only')
    return product
  }
}

/** "topic-partition" and where the group was placed there. */
function placed(outcome: Outcome): Map<string, number> {
  const rows = (outcome.offsetPlan?.groups ?? []).flatMap(({ rows }) => rows)
  return new Map(rows.map(([name, partition, chosen]) => [`${name}-${partition}`, chosen]))
}

/** The first offset that a producer was told on a cluster, after `since`, by partition. */
function firstWritten(lab: Lab, cluster: string, since = 0): Map<number, number> {
  const first = new Map<number, number>()
  for (const record of readSent(lab.dir)) {
    if ('maybe' in record || record.cluster !== cluster || record.at < since) continue
    first.set(record.partition, Math.min(record.offset, first.get(record.partition) ?? Infinity))
  }
  return first
}

function runningAs(lab: Lab): string {
  const { cluster, group: id } = lab.apps.state('billing')
  return `${id} on ${cluster}`
}

async function everyRecordOnceAndInOrder(lab: Lab): Promise<void> {
  await business(BUSINESS_MS)
  const [verdict] = await finalVerdicts(lab)
  expect(verdict).toMatchObject({ topic, lost: 0, duplicated: 0, outOfOrder: 0, stranded: 0 })
  expect(verdict?.received).toBe(verdict?.sent)
  expect(verdict?.sent).toBeGreaterThan(100)
}

describe('copies and groups with other names', () => {
  // What is removed goes out of the selection's patterns as well.
  const onB = 'accounting.of-a.invoices'
  const onA = 'accounting.of-b.invoices'
  const rename = (remove_prefix: string, add_prefix: string) =>
    ({ type: 'rename', rename: { remove_prefix, add_prefix } }) as const
  const there: MirroringOptions = {
    topic_name_transform: rename('accounting.', 'accounting.of-a.'),
    group_id_transform: { type: 'rename', rename: { add_suffix: '-dr' } },
  }
  const back: MirroringOptions = {
    topic_name_transform: rename('accounting.', 'accounting.of-b.'),
    group_id_transform: { type: 'rename', rename: { remove_suffix: '-dr' } },
  }
  const lab = useLab(oneTopic({ 'A->B': there, 'B->A': back }))
  const product = useProduct(lab)

  test(
    'a failover goes by them, and the application is told its group there',
    async () => {
      await product().ready()
      await business(BUSINESS_MS)
      const failover = await (await product().start('failover')).carry()
      expect(failover).toMatchObject({ state: 'succeeded', asked: ['approve#1', 'fence-source#1'] })
      expect([...placed(failover).keys()].sort()).toEqual([`${topic}-0`, `${topic}-1`, `${onB}-0`, `${onB}-1`])
      for (const [partition, end] of await endsOf(lab().b, onB))
        expect(placed(failover).get(`${onB}-${partition}`)).toBe(end)
      expect(runningAs(lab())).toBe('billing-dr on B')
    },
    LIMIT_MS,
  )

  test(
    'a reset enables the way back with its own names',
    async () => {
      await business(BUSINESS_MS)
      const reset = await (await product().start('reset', { branch: 'recover' })).carry()
      expect(reset.state).toBe('succeeded')
      expect(lab().cloud?.mirrorings.orders).toContainEqual({ on: 'A', change: 'from B', options: back })
    },
    LIMIT_MS,
  )

  test(
    'a failback returns to the group and to the names there were',
    async () => {
      await business(BUSINESS_MS)
      const failback = await (await product().start('failback')).carry()
      expect(failback.state).toBe('succeeded')
      expect([...placed(failback).keys()].sort()).toEqual([`${topic}-0`, `${topic}-1`, `${onA}-0`, `${onA}-1`])
      expect(runningAs(lab())).toBe('billing on A')
      expect(lab().cloud?.mirrorings.orders).toContainEqual({ on: 'B', change: 'from A', options: there })
      expect(lab().cloud?.mirrorings.get('B').mirroring?.includes).toEqual(['^invoices$'])
      expect(await product().status()).toMatchObject({
        active: 'A',
        episode: null,
        protectedBy: { from: 'A', to: 'B' },
      })
    },
    LIMIT_MS,
  )

  test(
    'every record has arrived once and in order, nothing went round, and the group has its places under its id there',
    async () => {
      await everyRecordOnceAndInOrder(lab())
      const ours = (await Promise.all([topicsOf(lab().a), topicsOf(lab().b)])).map((topics) =>
        topics.filter((name) => name.includes('invoices')).sort(),
      )
      expect(ours).toEqual([
        [topic, onA],
        [topic, onB],
      ])
      expect(Object.keys(await committedOf(lab().b, `${group}-dr`)).sort()).toEqual([topic, onB])
    },
    LIMIT_MS,
  )
})

describe('copies that keep their names', () => {
  const none: MirroringOptions = { topic_name_transform: { type: 'none' } }
  const lab = useLab(oneTopic({ 'A->B': none, 'B->A': none }))
  const product = useProduct(lab)

  async function movedTo(side: 'A' | 'B'): Promise<void> {
    const begun = Date.now()
    const failover = await (await product().start('failover')).carry()
    expect(failover).toMatchObject({ state: 'succeeded', asked: ['approve#1', 'fence-source#1'] })
    // One log: the group goes on where the producers began.
    await business(BUSINESS_MS)
    const first = firstWritten(lab(), side, begun)
    expect(first.size).toBe(2)
    expect(placed(failover)).toEqual(new Map([...first].map(([partition, at]) => [`${topic}-${partition}`, at])))
    expect(runningAs(lab())).toBe(`${group} on ${side}`)
  }

  test(
    'a failover moves on in the same log; a reset would copy back what came from there, and is refused',
    async () => {
      await product().ready()
      await business(BUSINESS_MS)
      await movedTo('B')
      const reset = await (await product().start('reset', { branch: 'recover' })).carry()
      expect(reset).toMatchObject({ state: 'failed', failure: expect.stringMatching(/keep their names.*Manually:/) })
      expect(lab().cloud?.mirrorings.orders).toEqual([])
    },
    LIMIT_MS,
  )

  test(
    'by hand, as the refusal says: with the topics of A made empty the pair is the other way round, and fails over to A',
    async () => {
      const cloud = lab().cloud
      if (cloud === undefined) throw new Error('this lab has no cloud')
      await cloud.mirrorings.disable(cloud.mirrorings.get('B'))
      const admin = kafkaClient(lab().a.bootstrap, lab().a.admin, { retries: 5 }).admin()
      await admin.connect()
      await admin.deleteTopics({ topics: [topic] })
      await business(1_000)
      await createServedTopics(admin, [{ topic, numPartitions: 2, replicationFactor: 1 }])
      await admin.disconnect()
      await lab().enableLink('B', 'A')
      await product()
        .pair()
        .executeUpdate(pairUpdates.handOver, { args: [{ by: 'kim', reason: 'the way back is by hand' }] })

      // The pair does not watch what it did not set up: a run looks for itself.
      const selected = async () => (await cloud.mirrorings.active(cloud.mirrorings.get('A')))?.includes(topic) === true
      await until(selected, { what: 'the topic mirrored to A', timeoutMs: PATIENCE_MS })
      await movedTo('A')
      await everyRecordOnceAndInOrder(lab())
    },
    LIMIT_MS,
  )
})
