import { beforeAll, expect, test } from 'vitest'
import { readReceived, readSent, type RecordValue } from '../../lab/apps/records.ts'
import { until } from '../../lab/process/wait.ts'
import type { Lab } from '../../lab/lab.ts'
import type { OffsetRange } from '../../lab/verdict.ts'
import { createKafkaCluster } from '../../src/adapters/kafka/cluster.ts'
import type { LossLedger } from '../../src/contract/evidence.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import { aclsOf, committedOf, connectorConfig, endsOf, mirroredTo, writeFence } from './clusters-now.ts'
import type { DrivenRun, Outcome } from './driven-run.ts'
import { declaredDuplicates, finalVerdicts, stopAll, readTwice } from './judged.ts'
import { harmful, pageOf } from './page-now.ts'
import { business } from './product.ts'
import type { OnLab } from './use-product.ts'

const BUSINESS_MS = 1_500

type Stranded = OffsetRange & { to: number }

/**
 * A region is lost with a backlog, comes back, and is returned to, from the same test code for every backend.
 *
 * @param lose Ends region A, after some of what it holds could not be mirrored; @param back brings it back.
 * @param noted What the failover notes of the way in which A was lost.
 * @param fence What the pair does by itself about a cluster that comes back: ACLs, or nothing that would hold.
 * @param strandedLater The link's position cannot be moved past settled records: their copies come once it is enabled again.
 * @param strikeBarrier Kills a consumer and the worker while the copies are read; they hold records that nobody has read.
 * @param deaf A producer that cannot be stopped on A, so that somebody has to see that it does not come back.
 * @param connectStarts The Connect of the link goes with the region, and starts when the failover has looked at it in vain.
 * @param troubled Does something to the failback while it is carried out.
 */
export function forcedTrip(
  { lab, product }: OnLab,
  {
    lose,
    back,
    noted,
    fence,
    strandedLater,
    strikeBarrier = false,
    deaf,
    connectStarts = false,
    troubled,
  }: {
    lose: (lab: Lab) => Promise<void>
    back: (lab: Lab) => Promise<void>
    noted: RegExp
    fence: 'acls' | 'procedure'
    strandedLater: boolean
    strikeBarrier?: boolean
    deaf?: string
    connectStarts?: boolean
    troubled?: (run: DrivenRun) => Promise<void>
  },
): void {
  const outcomes: Outcome[] = []
  /** What A holds beyond the last record that came to B, by Connect's and the broker's own word. */
  const stranded: Stranded[] = []
  let aclsAtStart: string[]
  let linkAtStart: Record<string, string>
  let began: string
  let episode: number

  beforeAll(async () => {
    await lab().apps.startAll('A')
    aclsAtStart = await aclsOf(lab().a)
    linkAtStart = await connectorConfig(lab(), 'A', 'B', 'source')
    await product().ready()
    began = new Date().toISOString()
    episode = (await product().dossier()).episodesClosed + 1
  }, LIMIT_MS)

  async function carried(operation: 'failover' | 'reset' | 'failback', input: object = {}): Promise<Outcome> {
    const run = await product().start(operation, { ...input })
    const [outcome] = await Promise.all([
      run.carry({ settle: 'replay' }),
      operation === 'failover' && strikeBarrier ? barrierStruck() : undefined,
      operation === 'failover' && connectStarts ? connectBack(run) : undefined,
      operation === 'failback' ? troubled?.(run) : undefined,
    ])
    outcomes.push(outcome)
    return outcome
  }

  /** Kills a consumer as soon as it reads the copies on B, and the worker that waits for it; gives both back. */
  async function barrierStruck(): Promise<void> {
    const { apps, b } = lab()
    const started = () => apps.state('billing').state === 'running' && apps.state('billing').cluster === 'B'
    await until(started, { what: 'billing on B', timeoutMs: PATIENCE_MS, pollMs: 10 })
    const { topics = [] } = apps.state('billing')
    await Promise.all([apps.kill('billing'), product().killWorker()])
    expect(topics).toEqual(['accounting.invoices.A'])
    const [committed, ends] = await Promise.all([committedOf(b, 'billing'), endsOf(b, 'accounting.invoices.A')])
    const unread = [...ends].filter(
      ([partition, end]) => (committed['accounting.invoices.A']?.[partition] ?? 0) < end - 1,
    )
    expect(unread.length, 'partitions of the copy with records to read').toBeGreaterThan(0)
    await business(BUSINESS_MS)
    // As a platform would: with what it was told last.
    await apps.start('billing', { cluster: 'B', topics })
    await product().startWorker()
  }

  async function connectBack(run: DrivenRun): Promise<void> {
    await run.untilStep('assess', ['done'])
    await lab().b.connect.process.start()
  }

  const obligation = () => `fence/A/${episode}`

  /** What the failover leaves for somebody, or for the pair. */
  const left = () => [obligation(), ...(deaf === undefined ? [] : [`stop-producers/A/${episode}`])]

  const open = async () => (await product().status()).obligations.map(({ id }) => id).sort()

  /** Questions that a Connect answers which is back, and an application that somebody stops. */
  const settledItself = (id: string) =>
    (connectStarts && /^(place-groups|disable-topics)#/.test(id)) ||
    (deaf !== undefined && id.startsWith('start-producers#'))

  /** Those of this episode. */
  async function ledgersOfNow(): Promise<LossLedger[]> {
    return (await product().dossier()).ledgers.filter(({ takenAt }) => takenAt >= began)
  }

  /** The page tells what is so, and nothing of it would undo what the episode has done. */
  async function adviceFits(): Promise<void> {
    const page = await pageOf(product())
    expect(page).toContain(`episode ${episode}`)
    expect(page).not.toMatch(harmful)
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

  function readOn(cluster: string): Set<string> {
    return new Set(
      readReceived(lab().dir)
        .filter((record) => record.cluster === cluster)
        .map(({ origin, key, seq }) => `${origin} ${key} ${seq}`),
    )
  }

  /** Stranded records that stand in the copies of A's topics on B. */
  async function strandedCopies(): Promise<string[]> {
    const given = new Set(acknowledgedAndStranded().map(({ topic, key, seq }) => `${topic} ${key} ${seq}`))
    const cluster = createKafkaCluster('B', {
      bootstrap: [lab().b.bootstrap],
      sasl: { mechanism: 'PLAIN', username: lab().b.admin.username, password: { env: 'STRANDED_TEST_PASSWORD' } },
      principals: {},
      timeoutMs: 30_000,
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
      await business(BUSINESS_MS)
      // Nobody reads the backlog on A, so that it would be seen if it were read later.
      await stopAll(lab(), 'consumer')
      await lose(lab())
      if (deaf !== undefined) lab().apps.deafen(deaf)
      if (connectStarts) await lab().b.connect.process.kill()
      const outcome = await carried('failover', { mode: 'forced' })

      expect(outcome.state).toBe('succeeded')
      expect(outcome.asked.filter((id) => !settledItself(id))).toEqual(['approve#1'])
      expect(outcome.progress?.notes.join()).toMatch(noted)
      expect(stateOf(outcome, 'fence-source')).toBe('skipped')
      expect(stateOf(outcome, 'drain-consumers')).toBe('skipped')
      expect(stateOf(outcome, 'stop-producers')).toBe(deaf === undefined ? 'done' : 'skipped')
      // Connect's tasks hang for minutes on a source that is gone: nobody waits for that.
      const step = (id: string) => outcome.progress?.steps.find((one) => one.id === id)
      const at = (time: string | undefined) => Date.parse(time ?? '')
      if (fence === 'acls') {
        expect(at(step('disable-topics')?.startedAt)).toBeGreaterThanOrEqual(at(step('start-consumers')?.endedAt))
        const onB = readSent(lab().dir).filter((record) => record.cluster === 'B' && record.at >= Date.parse(began))
        expect(Math.min(...onB.map((record) => record.at))).toBeLessThan(at(step('disable-topics')?.endedAt))
      }
      const ledgers = await ledgersOfNow()
      expect(ledgers).toMatchObject([{ kind: 'estimate', cluster: 'A' }])
      // At the last check all may have been mirrored; what was written after it is no number, and the age says so.
      const { records = null, sampleAgeSeconds = null } = ledgers[0] ?? {}
      expect(records === 0 ? sampleAgeSeconds : records).toBeGreaterThan(0)
      expect(await product().status()).toMatchObject({ active: 'B' })
      expect(await open()).toEqual(left())
      await adviceFits()
    },
    LIMIT_MS,
  )

  test.runIf(strikeBarrier)(
    'killed in the middle of the copy, with the worker, the consumer still reads all of it before the local topic',
    async () => {
      const onB = readReceived(lab().dir, 'billing').filter(({ cluster }) => cluster === 'B')
      const copies = onB.findLastIndex(({ topic }) => topic === 'accounting.invoices.A')
      const local = onB.findIndex(({ topic }) => topic === 'accounting.invoices')
      expect(copies).toBeGreaterThan(0)
      expect(local).toBeGreaterThan(copies)
      for (const partition of (await endsOf(lab().b, 'accounting.invoices.A')).keys())
        expect(onB.some((record) => record.topic === 'accounting.invoices.A' && record.partition === partition)).toBe(
          true,
        )
    },
  )

  test(
    'A comes back: the pair fences it by itself, where something there can refuse a producer',
    async () => {
      await back(lab())
      // With the region come those who run its applications.
      if (deaf !== undefined) lab().apps.mend(deaf)
      const owed = async () => (await product().dossier()).obligations.find(({ id }) => id === obligation())
      if (fence === 'procedure') {
        // Until the reset has seen for itself that nobody writes there.
        expect((await owed())?.dischargedAt).toBeUndefined()
        return
      }
      await until(async () => (await owed())?.dischargedAt !== undefined, {
        what: 'the obligation discharged',
        timeoutMs: PATIENCE_MS,
        pollMs: 300,
      })
      expect((await owed())?.dischargedBy).toBe('pair/accounting')
      // The fence of the pair keeps out whom nobody could stop as well.
      await until(async () => (await open()).length === 0, {
        what: 'nothing outstanding',
        timeoutMs: PATIENCE_MS,
        pollMs: 300,
      })
      const added = (await aclsOf(lab().a)).filter((acl) => !aclsAtStart.includes(acl))
      expect(added).toEqual(writeFence(lab()))
    },
    LIMIT_MS,
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
      const { settlements, obligations, moves } = await product().dossier()
      expect(obligations.find(({ id }) => id === obligation())?.dischargedAt).toBeDefined()
      expect(await open()).toEqual([])
      await adviceFits()
      const added = (await aclsOf(lab().a)).filter((acl) => !aclsAtStart.includes(acl))
      expect(added.length > 0).toBe(fence === 'acls')
      const exact = (await ledgersOfNow()).filter(({ kind }) => kind === 'exact')
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
      const settled = settlements.filter((one) => one.episode === episode)
      expect(settled).toMatchObject([
        { cluster: 'A', action: 'replay', by: 'owner', confirmed: { by: 'second' }, copied: { cluster: 'B' } },
      ])
      expect(settled[0]?.copied?.records).toBe(exact[0]?.records)

      // What was declared to be read twice, against what the consumers' own books say was read on both sides.
      if (!strandedLater) {
        const reread = moves.findLast(({ from }) => from === 'A')?.reread ?? []
        expect(reread).toHaveLength(lab().applications.filter(({ group }) => group !== undefined).length)
        for (const { declared, counted, unknown, skipped } of reread) {
          expect({ unknown, skipped }).toEqual({ unknown: 0, skipped: undefined })
          expect(counted).toBeLessThanOrEqual(declared)
        }
        const onB = readOn('B')
        const twice = [...readOn('A')].filter((id) => onB.has(id)).length
        expect(reread.reduce((sum, { counted }) => sum + (counted ?? 0), 0)).toBe(twice)
        expect(outcome.progress?.notes.join()).toContain('read twice after the move from A')
      }

      // The same by the producers' own books: a send that A's death cut short may be there without their knowing.
      const records = exact[0]?.records ?? 0
      const unsure = readSent(lab().dir).filter((record) => 'maybe' in record && record.cluster === 'A').length
      expect(acknowledgedAndStranded().length).toBeGreaterThan(0)
      expect(records).toBeGreaterThanOrEqual(acknowledgedAndStranded().length)
      expect(records).toBeLessThanOrEqual(acknowledgedAndStranded().length + unsure)
    },
    LIMIT_MS,
  )

  test(
    'failback goes on behind the replayed records, and mirrors none of them again where the position can be moved',
    async () => {
      await business(BUSINESS_MS)
      const outcome = await carried('failback')

      expect(outcome.state).toBe('succeeded')
      const procedural = fence === 'procedure' ? ['fence-source#1'] : []
      expect(['approve#1', 'await-ticket#1', ...procedural]).toEqual(expect.arrayContaining(outcome.asked))
      const rows = (outcome.offsetPlan?.groups ?? []).flatMap((group) => group.rows)
      for (const { topic, partition, to } of stranded)
        expect(
          rows.find(([name, number]) => name === topic && number === partition)?.[2],
          `${topic}-${partition}`,
        ).toBe(to)
      // What is produced on A from now on is mirrored behind them. Where they come as well, no group is there to read them.
      await business(BUSINESS_MS)
      const positions = await mirroredTo(lab(), 'A', 'B')
      for (const { topic, partition, to } of stranded)
        expect(positions.get(topic)?.get(partition), `${topic}-${partition}`).toBeGreaterThanOrEqual(to - 1)
      const all = acknowledgedAndStranded().map(({ topic, key, seq }) => `${topic} ${key} ${seq}`)
      expect((await strandedCopies()).sort()).toEqual(strandedLater ? all.sort() : [])
      expect(outcome.progress?.notes.join().includes('are mirrored to B all the same')).toBe(strandedLater)
      expect(await aclsOf(lab().a)).toEqual(aclsAtStart)
      expect(await connectorConfig(lab(), 'A', 'B', 'source')).toEqual(linkAtStart)
      expect(await product().status()).toMatchObject({ active: 'A', lease: null, episode: null, obligations: [] })
      // The fence on the side that was left served the failback: the pair lifts it by itself.
      const fencesOfB = async () =>
        (await product().dossier()).fences.filter(({ cluster, added }) => cluster === 'B' && added.length > 0)
      await until(async () => (await fencesOfB()).length === 0, {
        what: 'the fence of B lifted',
        timeoutMs: PATIENCE_MS,
        pollMs: 500,
      })
    },
    LIMIT_MS,
  )

  test(
    'the replayed records were read once, in their order, and nothing is lost',
    async () => {
      await business(BUSINESS_MS)
      const declared = declaredDuplicates(lab(), outcomes)
      const topics = await finalVerdicts(lab(), stranded)
      for (const verdict of topics) {
        expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0 })
        expect(verdict.duplicated, readTwice(lab(), verdict.topic)).toBeLessThanOrEqual(
          declared.get(verdict.topic) ?? 0,
        )
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
    LIMIT_MS,
  )
}
