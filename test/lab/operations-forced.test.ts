import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReceived, readSent, type RecordValue } from '../../lab/apps/records.ts'
import { until } from '../../lab/process/wait.ts'
import type { OffsetRange } from '../../lab/verdict.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import { aclsOf, committedOf, connectorConfig, endsOf, mirroredTo, mirroringHeld, writeFence } from './clusters-now.ts'
import type { Outcome } from './driven-run.ts'
import { useLab } from './harness.ts'
import { declaredDuplicates, finalVerdicts, stopAll } from './judged.ts'
import { business, Product, twoTopics } from './product.ts'

const MINUTE_MS = 60_000
const BUSINESS_MS = 1_500

const lab = useLab({ ...twoTopics, startApplicationsOn: 'A' })
const outcomes: Outcome[] = []
/** What A holds beyond the last record that came to B, by Connect's and the broker's own word. */
const stranded: (OffsetRange & { to: number })[] = []
let product: Product
let aclsAtStart: string[]
let linkAtStart: Record<string, string>

beforeAll(async () => {
  aclsAtStart = await aclsOf(lab().a)
  linkAtStart = await connectorConfig(lab(), 'A', 'B', 'source')
  product = await Product.on(lab())
}, 5 * MINUTE_MS)
afterAll(() => product?.close())

async function carried(operation: 'failover' | 'reset' | 'failback', input: object = {}): Promise<Outcome> {
  const outcome = await (await product.start(operation, { ...input })).carry({ settle: 'replay' })
  outcomes.push(outcome)
  return outcome
}

/** Kills a consumer as soon as it reads the copies on B, and the worker that waits for it; gives both back. */
async function barrierStruck(): Promise<void> {
  const { apps, b } = lab()
  const started = () => apps.state('billing').state === 'running' && apps.state('billing').cluster === 'B'
  await until(started, { what: 'billing on B', timeoutMs: 2 * MINUTE_MS, pollMs: 10 })
  const { topics = [] } = apps.state('billing')
  await Promise.all([apps.kill('billing'), product.killWorker()])
  expect(topics).toEqual(['accounting.invoices.A'])
  const [committed, ends] = await Promise.all([committedOf(b, 'billing'), endsOf(b, 'accounting.invoices.A')])
  const unread = [...ends].filter(
    ([partition, end]) => (committed['accounting.invoices.A']?.[partition] ?? 0) < end - 1,
  )
  expect(unread.length, 'partitions of the copy with records to read').toBeGreaterThan(0)
  await business(BUSINESS_MS)
  // As a platform would: with what it was told last.
  await apps.start('billing', { cluster: 'B', topics })
  await product.startWorker()
}

const stateOf = (outcome: Outcome, step: string) => outcome.progress?.steps.find(({ id }) => id === step)?.state

/** Records that were acknowledged on A and stand beyond the last one that came to B. */
function acknowledgedAndStranded() {
  return readSent(lab().dir).filter(
    (record) =>
      !('maybe' in record) &&
      record.cluster === 'A' &&
      stranded.some(
        ({ topic, partition, from, to }) =>
          record.topic === topic && record.partition === partition && record.offset >= from && record.offset < to,
      ),
  )
}

/** Stranded records that stand in the copies of A's topics on B. */
async function strandedCopies(): Promise<string[]> {
  const given = new Set(acknowledgedAndStranded().map(({ topic, key, seq }) => `${topic} ${key} ${seq}`))
  const cluster = createKafkaCluster('B', {
    bootstrap: [lab().b.bootstrap],
    sasl: { mechanism: 'PLAIN', username: lab().b.admin.username, password: { env: 'STRANDED_TEST_PASSWORD' } },
    principals: {},
    timeoutMs: 10_000,
  })
  process.env['STRANDED_TEST_PASSWORD'] = lab().b.admin.password
  try {
    const found: string[] = []
    for (const { topic, partitions } of await cluster.ends(lab().topics.map(({ name }) => `${name}.A`))) {
      for (const [partition, start, , stable] of partitions) {
        for (let at = start; at < stable;) {
          const { records, next } = await cluster.readRecords(topic, partition, at, stable)
          if (next === at) break
          for (const { value } of records) {
            const { topic: origin, key, seq } = JSON.parse(value?.toString() ?? '{}') as RecordValue
            if (given.has(`${origin} ${key} ${seq}`)) found.push(`${origin} ${key} ${seq}`)
          }
          at = next
        }
      }
    }
    return found
  } finally {
    await cluster.close()
  }
}

test(
  'A is lost with a backlog: a forced failover skips what A would have to answer, and estimates what is stranded',
  async () => {
    await product.ready()
    await business(BUSINESS_MS)
    // Nobody reads the backlog on A, so that it would be seen if it were read later; what is mirrored before is to be read on B.
    await stopAll(lab(), 'consumer')
    await business(BUSINESS_MS)
    await mirroringHeld(lab(), 'A', 'B', true)
    await business(2 * BUSINESS_MS)
    await Promise.all([lab().a.kill(), lab().a.connect.process.kill()])
    const run = await product.start('failover', { mode: 'forced' })
    const [outcome] = await Promise.all([run.carry(), barrierStruck()])
    outcomes.push(outcome)

    expect(outcome).toMatchObject({ state: 'succeeded', asked: ['approve#1'] })
    // Paused, it would keep its old selection, and copy by it when somebody resumes it later.
    expect(outcome.progress?.notes.join()).toMatch(/A->B was paused: it was stopped/)
    expect(stateOf(outcome, 'fence-source')).toBe('skipped')
    expect(stateOf(outcome, 'drain-consumers')).toBe('skipped')
    expect(stateOf(outcome, 'stop-producers')).toBe('done')
    const { ledgers } = await product.dossier()
    expect(ledgers).toMatchObject([{ kind: 'estimate', cluster: 'A' }])
    expect(ledgers[0]?.records).toBeGreaterThan(0)
    expect(await product.status()).toMatchObject({ active: 'B', obligations: [{ id: 'fence/A/1' }] })
  },
  5 * MINUTE_MS,
)

test('killed in the middle of the copy, with the worker, the consumer still reads all of it before the local topic', async () => {
  const onB = readReceived(lab().dir, 'billing').filter(({ cluster }) => cluster === 'B')
  const copies = onB.findLastIndex(({ topic }) => topic === 'accounting.invoices.A')
  const local = onB.findIndex(({ topic }) => topic === 'accounting.invoices')
  expect(copies).toBeGreaterThan(0)
  expect(local).toBeGreaterThan(copies)
  const ends = await endsOf(lab().b, 'accounting.invoices.A')
  for (const partition of ends.keys())
    expect(onB.some((record) => record.topic === 'accounting.invoices.A' && record.partition === partition)).toBe(true)
})

test(
  'A comes back: the pair fences it by itself',
  async () => {
    await Promise.all([lab().a.start(), lab().a.connect.process.start()])
    const obligation = async () => (await product.dossier()).obligations.find(({ id }) => id === 'fence/A/1')
    await until(async () => (await obligation())?.dischargedAt !== undefined, {
      what: 'the obligation discharged',
      timeoutMs: 2 * MINUTE_MS,
      pollMs: 300,
    })
    expect((await obligation())?.dischargedBy).toBe('pair/accounting')
    expect((await product.status()).obligations).toEqual([])
    const added = (await aclsOf(lab().a)).filter((acl) => !aclsAtStart.includes(acl))
    expect(added).toEqual(writeFence(lab()))
  },
  5 * MINUTE_MS,
)

test(
  'reset settles exactly what was acknowledged beyond the last mirrored record',
  async () => {
    const acknowledgedOnB = await mirroredTo(lab(), 'A', 'B')
    for (const { name } of lab().topics) {
      for (const [partition, to] of await endsOf(lab().a, name)) {
        const from = (acknowledgedOnB.get(name)?.get(partition) ?? -1) + 1
        if (to > from) stranded.push({ cluster: 'A', topic: name, partition, from, to })
      }
    }
    const outcome = await carried('reset', { branch: 'recover' })

    expect(outcome.state).toBe('succeeded')
    expect(outcome.asked).toContain('settle-stranded#1')
    expect(['approve#1', 'await-ticket#1', 'settle-stranded#1', 'settle-stranded#2']).toEqual(
      expect.arrayContaining(outcome.asked),
    )
    const { ledgers, settlements, moves } = await product.dossier()
    const exact = ledgers.filter(({ kind }) => kind === 'exact')
    expect(exact).toHaveLength(1)
    expect(
      exact.flatMap(({ cluster, topics }) =>
        topics.flatMap(({ topic, rows }) => rows.map((row) => [cluster, topic, ...row.slice(0, 4)])),
      ),
    ).toEqual(
      stranded.map(({ cluster, topic, partition, from, to }) => [
        cluster,
        topic,
        partition,
        from,
        to,
        to - Number(from),
      ]),
    )
    expect(settlements).toMatchObject([
      { cluster: 'A', action: 'replay', by: 'owner', confirmed: { by: 'second' }, copied: { cluster: 'B' } },
    ])
    expect(settlements[0]?.copied?.records).toBe(exact[0]?.records)

    // What was declared to be read twice, against what the consumers' own books say was read on both sides.
    const reread = moves.find(({ from }) => from === 'A')?.reread ?? []
    expect(reread).toHaveLength(lab().applications.filter(({ group }) => group !== undefined).length)
    for (const { declared, counted, unknown, skipped } of reread) {
      expect({ unknown, skipped }).toEqual({ unknown: 0, skipped: undefined })
      expect(counted).toBeLessThanOrEqual(declared)
    }
    const readOn = (cluster: string) =>
      new Set(
        readReceived(lab().dir)
          .filter((record) => record.cluster === cluster)
          .map(({ origin, key, seq }) => `${origin} ${key} ${seq}`),
      )
    const onB = readOn('B')
    const twice = [...readOn('A')].filter((id) => onB.has(id)).length
    expect(reread.reduce((sum, { counted }) => sum + (counted ?? 0), 0)).toBe(twice)
    expect(outcome.progress?.notes.join()).toContain('read twice after the move from A')

    // The same by the producers' own books: a send that A's death cut short may be there without their knowing.
    const records = exact[0]?.records ?? 0
    const unsure = readSent(lab().dir).filter((record) => 'maybe' in record && record.cluster === 'A').length
    expect(acknowledgedAndStranded().length).toBeGreaterThan(0)
    expect(records).toBeGreaterThanOrEqual(acknowledgedAndStranded().length)
    expect(records).toBeLessThanOrEqual(acknowledgedAndStranded().length + unsure)
  },
  5 * MINUTE_MS,
)

test(
  'failback goes on behind the replayed records, and mirrors none of them again',
  async () => {
    await business(BUSINESS_MS)
    const outcome = await carried('failback')

    expect(outcome.state).toBe('succeeded')
    expect(['approve#1', 'await-ticket#1']).toEqual(expect.arrayContaining(outcome.asked))
    const rows = (outcome.offsetPlan?.groups ?? []).flatMap((group) => group.rows)
    for (const { topic, partition, to } of stranded)
      expect(rows.find(([name, number]) => name === topic && number === partition)?.[2], `${topic}-${partition}`).toBe(
        to,
      )
    // What is produced on A from now on is mirrored behind them; none of them ever came, nor will.
    await business(BUSINESS_MS)
    const positions = await mirroredTo(lab(), 'A', 'B')
    for (const { topic, partition, to } of stranded)
      expect(positions.get(topic)?.get(partition), `${topic}-${partition}`).toBeGreaterThanOrEqual(to - 1)
    expect(await strandedCopies()).toEqual([])
    expect(await aclsOf(lab().a)).toEqual(aclsAtStart)
    expect(await connectorConfig(lab(), 'A', 'B', 'source')).toEqual(linkAtStart)
  },
  5 * MINUTE_MS,
)

test(
  'the replayed records were read once, in their order, and nothing is lost',
  async () => {
    await business(BUSINESS_MS)
    const declared = declaredDuplicates(lab(), outcomes)
    const topics = await finalVerdicts(lab(), stranded)
    for (const verdict of topics) {
      expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0 })
      expect(verdict.duplicated).toBeLessThanOrEqual(declared.get(verdict.topic) ?? 0)
    }
    const given = acknowledgedAndStranded()
    expect(topics.reduce((sum, verdict) => sum + verdict.stranded, 0)).toBe(given.length)
    const name = ({ key, seq }: { key: string; seq: number }, topic: string) => `${topic} ${key} ${seq}`
    const received = readReceived(lab().dir)
    const wanted = new Set(given.map((record) => name(record, record.topic)))
    const read = received.filter((record) => wanted.has(name(record, record.origin)))
    expect(read.map((record) => name(record, record.origin)).sort()).toEqual([...wanted].sort())
    expect(new Set(read.map(({ topic, origin, cluster }) => `${cluster} ${topic === origin}`))).toEqual(
      new Set(['B true']),
    )
    // As they lay on A, partition by partition.
    for (const { topic, partition } of stranded) {
      const order = given.filter(
        (record) => record.topic === topic && 'offset' in record && record.partition === partition,
      )
      const seen = read.filter((record) => record.topic === topic && record.partition === partition)
      expect(seen.map((record) => name(record, topic))).toEqual(
        order
          .toSorted((a, b) => ('offset' in a && 'offset' in b ? a.offset - b.offset : 0))
          .map((record) => name(record, topic)),
      )
    }
  },
  5 * MINUTE_MS,
)
