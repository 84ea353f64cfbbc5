import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../lab/process/wait.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { newDossier } from '../../src/domain/dossier/dossier.ts'
import { memoryRecords, remembered } from '../../src/domain/memory/memory.ts'
import type { ClusterPort } from '../../src/ports/cluster.ts'
import { PATIENCE_MS } from '../patience.ts'
import { startTestBroker, type TestBroker } from './kafka-support.ts'

/** Starting a broker on a loaded machine, ms. */
const START_MS = 300_000

let broker: TestBroker
let cluster: ClusterPort

beforeAll(async () => {
  broker = await startTestBroker()
  cluster = createKafkaCluster('T', broker.config())
}, START_MS)

afterAll(async () => {
  await cluster?.close()
  await broker?.close()
}, START_MS)

const at = '2026-01-01T00:00:00.000Z'
const topic = 'switchback.dossier'

function records(note: string, revision: number, limit?: number) {
  const dossier = newDossier({ pair: 'accounting', primary: 'A', secondary: 'B', at })
  const memory = { version: 1 as const, dossier, lease: null, epoch: 1, events: [{ at, text: note }], over: [] }
  const slot = revision % 2 === 0 ? 0 : 1
  return memoryRecords({
    memory,
    mark: { lineage: 'l', revision },
    at,
    slot,
    ...(limit === undefined ? {} : { limit }),
  })
}

test('a topic of our own is created once, and only what is new is read again', async () => {
  expect(await cluster.readKeyed(topic, 0, null)).toBeNull()
  const settings = { 'cleanup.policy': 'compact' }
  await cluster.createTopics([{ topic, partitions: 1, settings }])
  await cluster.createTopics([{ topic, partitions: 7, settings }])
  expect(await cluster.describeTopics([topic])).toMatchObject([{ partitions: 1, offline: [] }])
  expect(await cluster.readKeyed(topic, 0, null)).toEqual({ records: [], end: 0 })

  const end = await cluster.appendKeyed(topic, records('one', 1))
  expect(end).toBe(2)
  const first = await cluster.readKeyed(topic, 0, null)
  expect(first?.end).toBe(2)
  expect(remembered(first?.records ?? [], 'accounting')).toMatchObject({ state: 'whole', summary: { revision: 1 } })
  expect(await cluster.readKeyed(topic, end, null)).toEqual({ records: [], end })
  await cluster.appendKeyed(topic, records('two', 2, 100))
  const news = await cluster.readKeyed(topic, end, null)
  expect(remembered(news?.records ?? [], 'accounting')).toMatchObject({ state: 'whole', summary: { revision: 2 } })
  // An end beyond the log is one of a topic that was there before.
  expect((await cluster.readKeyed(topic, 1_000_000, null))?.records.length).toBe(
    (await cluster.readKeyed(topic, 0, null))?.records.length,
  )
})

test('of each key the last record is read, of the owner alone', async () => {
  const shared = 'shared.dossier'
  await cluster.createTopics([{ topic: shared, partitions: 1, settings: { 'cleanup.policy': 'compact' } }])
  const value = (text: string) => new TextEncoder().encode(text)
  const written = ['a/0/0', 'a', 'ab', 'b/0/0', 'a', 'b', 'a/0/0'].map((key, at) => ({ key, value: value(String(at)) }))
  await cluster.appendKeyed(shared, written)
  const of = async (owner: string | null) =>
    (await cluster.readKeyed(shared, 0, owner))?.records.map(
      (record) => `${record.key} ${new TextDecoder().decode(record.value)}`,
    )
  expect(await of('a')).toEqual(['a 4', 'a/0/0 6'])
  expect(await of('b')).toEqual(['b/0/0 3', 'b 5'])
  expect(await of(null)).toEqual(['ab 2', 'b/0/0 3', 'a 4', 'b 5', 'a/0/0 6'])
})

test('parts of the largest size are taken by a broker as it comes', async () => {
  const large = 'large.dossier'
  await cluster.createTopics([{ topic: large, partitions: 1, settings: { 'cleanup.policy': 'compact' } }])
  const all = records('x'.repeat(2_000_000), 4)
  expect(all.map(({ value }) => value.length)).toEqual([900_000, 900_000, expect.any(Number), expect.any(Number)])
  await cluster.appendKeyed(large, all)
  const log = await cluster.readKeyed(large, 0, null)
  expect(remembered(log?.records ?? [], 'accounting')).toMatchObject({ state: 'whole', summary: { revision: 4 } })
})

test('a write that stopped half way leaves the memory before it whole, after compaction as well', async () => {
  const compacted = 'compacted.dossier'
  await cluster.createTopics([
    {
      topic: compacted,
      partitions: 1,
      settings: { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' },
    },
  ])
  const written = [
    ...[1, 2, 3].map((revision) => records(`note ${revision}`, revision, 150)),
    records('never finished', 4, 150).slice(0, 2),
  ]
  for (const batch of written) await cluster.appendKeyed(compacted, batch)
  const keys = written.flat().map(({ key }) => key)
  expect(new Set(keys).size).toBeLessThan(keys.length - 4)
  const read = async () => (await cluster.readKeyed(compacted, 0, null))?.records ?? []
  // The cleaner may have begun already, between two of these writes: what counts is where it ends.
  const onePerKey = async () => {
    // A segment is closed by a record that comes after it.
    const end = await cluster.appendKeyed(compacted, [{ key: 'other', value: new Uint8Array(1) }])
    // As they lie in the log: what is read keyed has each key once anyway.
    const { records: stored } = await cluster.readRecords(compacted, 0, 0, end)
    const left = stored.map(({ key }) => String(key)).filter((key) => key !== 'other')
    return left.length === new Set(left).size
  }
  await until(onePerKey, { what: 'compaction', timeoutMs: PATIENCE_MS, pollMs: 300 })
  expect(remembered(await read(), 'accounting')).toMatchObject({
    state: 'whole',
    summary: { revision: 3 },
    memory: { events: [{ text: 'note 3' }] },
  })
})
