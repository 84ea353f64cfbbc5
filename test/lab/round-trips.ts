import { beforeAll, describe, expect, test } from 'vitest'
import kafkajs from 'kafkajs'
import { kafkaClient } from '../../lab/kafka/client.ts'
import { readSent, type SentRecord } from '../../lab/apps/records.ts'
import { until } from '../../lab/process/wait.ts'
import {
  committedOf,
  connectorConfig,
  endsOf,
  everything,
  findRecord,
  mirroringHeld,
  selectedNow,
  topicsOf,
  ownAclsOf,
} from './clusters-now.ts'
import type { PairLedger } from '../../src/contract/pair-messages.ts'
import { segmentsOf } from '../../src/domain/positions/segments.ts'
import { LIMIT_MS, PATIENCE_MS } from '../patience.ts'
import type { DrivenRun, Outcome } from './driven-run.ts'
import { declaredDuplicates, finalVerdicts, stopAll, turns, turnsLater } from './judged.ts'
import { harmful, offered, pageOf } from './page-now.ts'
import { business } from './product.ts'
import { segmentFaults } from './segments-now.ts'
import { TemporalCommandDoor } from './run-door.ts'
import { type Stayed, stayedOn } from './stayed.ts'
import { switchback } from './switchback-command.ts'
import type { OnLab } from './use-product.ts'

/** Milliseconds of production between two operations. */
const BUSINESS_MS = 1_500
/** Looks in a row that see no difference. */
const STILL_LOOKS = 4

type Acknowledged = Extract<SentRecord, { offset: number }>

/**
 * The operations end to end, from the same test code for every backend.
 *
 * @param backend What drives the mirroring.
 * @param trips Which round trips are made, from 1.
 * @param byCommand The round trip that is driven with nothing but Temporal's own command; 0: none.
 * @param dryRun Whether a dry run comes first: it has to find two clusters that stand still.
 * @param fence Questions that the backend's fence asks, by id.
 * @param strangers So many records somebody else writes to a local topic on B before the first failover; they are left unread.
 * @param tickets Which link is disabled by a ticket, by its source.
 * @param part The round trip of some topics only: the others stay on A, with the applications that use nothing else.
 */
export function roundTrips(
  { lab, product }: OnLab,
  setting: {
    backend: 'mirrormaker2' | 'event-streams'
    trips: readonly number[]
    byCommand: number
    dryRun: boolean
    fence: readonly string[]
    strangers: number
    tickets: { A: boolean; B: boolean }
    part?: { trip: number; topics: readonly string[] }
  },
): void {
  const { backend, trips, byCommand, dryRun, fence, strangers, tickets, part } = setting
  const outcomes: Outcome[] = []
  let aclsAtStart: string[]
  let linkAtStart: Record<string, string>[]

  beforeAll(async () => {
    aclsAtStart = await ownAcls()
    linkAtStart = await originalLink()
  }, LIMIT_MS)

  function originalLink(): Promise<Record<string, string>[]> {
    return Promise.all([connectorConfig(lab(), 'A', 'B', 'source'), connectorConfig(lab(), 'A', 'B', 'checkpoint')])
  }

  const ownAcls = () => ownAclsOf(lab().a, lab().b)

  /** What an aborted run may leave on the clusters. */
  async function leftBehind() {
    const links = [
      ['A', 'B'],
      ['B', 'A'],
    ] as const
    return {
      acls: await ownAcls(),
      links: await Promise.all(links.map(([from, to]) => connectorConfig(lab(), from, to, 'source'))),
    }
  }

  /** Every ticket of the desk, as "A->B processed". */
  async function ticketsNow(): Promise<string[]> {
    return (await product().tickets()).map(({ link, state }) => `${link.from}->${link.to} ${state}`)
  }

  /** A link that the topics which stay rely on is disabled by nobody. */
  function resetByTicket(trip: number): boolean {
    return tickets.A && trip !== part?.trip
  }

  /** What all round trips up to this one have opened. */
  function ticketsOf(trip: number): string[] {
    return Array.from({ length: trip }, (_, index) => [
      ...(resetByTicket(index + 1) ? ['A->B processed'] : []),
      ...(tickets.B ? ['B->A processed'] : []),
    ]).flat()
  }

  /** Local topics that a link's connector selects: its `topics` are regular expressions. */
  async function selected(from: string, to: string): Promise<string[]> {
    const { topics = '' } = await connectorConfig(lab(), from, to, 'source')
    const patterns = topics.split(',').map((pattern) => new RegExp(`^(?:${pattern})$`))
    return lab()
      .topics.map(({ name }) => name)
      .filter((name) => patterns.some((pattern) => pattern.test(name)))
  }

  /** Topics that stay on A are mirrored on: what is written to them from now on comes to their copies. */
  async function mirroredOn(names: string[]): Promise<void> {
    const written = (name: string) =>
      Promise.all([endsOf(lab().a, name), endsOf(lab().b, lab().copyOf('A', name))]).then((sides) =>
        sides.map((ends) => [...ends.values()].reduce((sum, end) => sum + end, 0)),
      )
    await Promise.all(
      names.map(async (name) => {
        const [now = 0, copied = 0] = await written(name)
        await until(
          async () => {
            const [later = 0, copiedLater = 0] = await written(name)
            return later > now && copiedLater > copied
          },
          { what: `further records of ${name} in its copy`, timeoutMs: PATIENCE_MS, pollMs: 500 },
        )
      }),
    )
  }

  /** Topics that move in a round trip. */
  function movedIn(trip: number): string[] {
    return trip === part?.trip ? [...part.topics] : lab().topics.map(({ name }) => name)
  }

  function stayedIn(trip: number): string[] {
    const moved = movedIn(trip)
    return lab()
      .topics.map(({ name }) => name)
      .filter((name) => !moved.includes(name))
  }

  /** What every application does, when those of the topics that move run on one side: the others are on A. */
  function allOn(cluster: string, trip: number): string[] {
    const moved = movedIn(trip)
    const moves = (topics: string[]) => topics.some((topic) => moved.includes(topic))
    return lab().applications.map(({ topics }) => `running on ${moves(topics) ? cluster : 'A'}`)
  }

  function acknowledged(): Acknowledged[] {
    return readSent(lab().dir).filter((record): record is Acknowledged => !('maybe' in record))
  }

  /** A consumer stands still on the side that is left, and reads on only when the run waits for it to drain. */
  async function fallenBehind(cluster: string): Promise<(run: DrivenRun) => Promise<void>> {
    await lab().apps.stop('billing')
    await business(BUSINESS_MS)
    return async (run) => {
      await run.untilStep('drain-consumers', ['running'])
      await lab().apps.start('billing', { cluster })
    }
  }

  /** Somebody who is none of the pair's producers, with a client of their own: into one partition. */
  async function writtenByAStranger(cluster: 'A' | 'B', name: string): Promise<void> {
    const { admin } = lab().cluster(cluster)
    const createPartitioner = kafkajs.Partitioners.DefaultPartitioner
    const producer = kafkaClient(lab().cluster(cluster), admin, { retries: 5 }).producer({ createPartitioner })
    await producer.connect()
    try {
      const messages = Array.from({ length: strangers }, (_, index) => ({
        partition: 0,
        value: JSON.stringify({ stranger: index }),
      }))
      await producer.send({ topic: name, messages })
    } finally {
      await producer.disconnect()
    }
  }

  /** The question comes before the approval, with the number. */
  async function leftUnread(run: DrivenRun, name: string): Promise<void> {
    const question = await run.question('assess')
    expect(question.text).toContain(`Local topics on B hold ${strangers} records`)
    expect(question.text).toContain(`${name}: ${strangers} records`)
    expect(question.choices.slice(0, 2)).toEqual(['beginning', 'cut'])
    expect([...run.asked]).toEqual([question.id])
    await run.send('decide', { question: question.id, action: 'cut', by: 'owner', reason: 'a test' })
  }

  /** A number of its own, at the end of the run and in the ledger. */
  async function countedAsUnread({ progress }: Outcome, name: string): Promise<void> {
    expect(progress?.findings.map(({ text }) => text).join()).toContain(
      `Left unread in local topics on B: ${strangers} records from before the cut`,
    )
    expect(progress?.steps.find(({ id }) => id === 'verify')?.detail).toContain(
      `${strangers} records in local topics on B are read by no group: ${name} (${strangers} records)`,
    )
    const { output } = await switchback(lab(), ['ledger', lab().pair, '--json'])
    const { ledgers, unread } = JSON.parse(output) as PairLedger
    expect(ledgers.map(({ records }) => records).filter((records) => records !== 0)).toEqual([])
    expect(unread).toMatchObject([{ cluster: 'B', topics: [{ topic: name, rows: [[0, 0, strangers, strangers]] }] }])
  }

  async function carried(
    trip: number,
    operation: 'failover' | 'reset' | 'failback',
    input = {},
    meanwhile: (run: DrivenRun) => Promise<void> = () => Promise.resolve(),
  ): Promise<Outcome> {
    const run = await product().start(
      operation,
      input,
      trip === byCommand ? new TemporalCommandDoor(lab().temporal.address) : undefined,
    )
    const [outcome] = await Promise.all([run.carry(), meanwhile(run)])
    outcomes.push(outcome)
    return outcome
  }

  /** Just behind the last record that was acknowledged on a cluster, by "topic-partition". */
  function endsOfProduction(cluster: string): Map<string, number> {
    const ends = new Map<string, number>()
    for (const record of acknowledged().filter((one) => one.cluster === cluster)) {
      const at = `${record.topic}-${record.partition}`
      ends.set(at, Math.max(ends.get(at) ?? 0, record.offset + 1))
    }
    return ends
  }

  /** Where the run placed the groups, by "topic-partition". */
  function placed(outcome: Outcome): Map<string, number> {
    const rows = (outcome.offsetPlan?.groups ?? []).flatMap((group) => group.rows)
    return new Map(rows.map(([topic, partition, chosen]) => [`${topic}-${partition}`, chosen]))
  }

  function groups(moved: string[]): { group: string; topics: string[] }[] {
    return lab().applications.flatMap(({ group, topics }) =>
      group === undefined || !topics.some((topic) => moved.includes(topic)) ? [] : [{ group, topics }],
    )
  }

  /** Every partition has a position: copies are read to their end; local topics go on exactly where `expected` says. */
  async function checkPositions(
    outcome: Outcome,
    side: 'A' | 'B',
    other: 'A' | 'B',
    expected: Map<string, number>,
    moved: string[],
  ): Promise<void> {
    const chosen = placed(outcome)
    const copyOf = (topic: string) => lab().copyOf(other, topic)
    const topics = lab().topics.filter(({ name }) => moved.includes(name))
    const partitions = topics.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ name, partition })),
    )
    expect([...chosen.keys()].sort()).toEqual(
      partitions.flatMap(({ name, partition }) => [`${copyOf(name)}-${partition}`, `${name}-${partition}`]).sort(),
    )
    for (const { name } of topics)
      for (const [partition, end] of await endsOf(lab().cluster(side), copyOf(name)))
        expect(chosen.get(`${copyOf(name)}-${partition}`), `${copyOf(name)}-${partition} on ${side}`).toBe(end)
    for (const { name, partition } of partitions) {
      const at = `${name}-${partition}`
      expect(chosen.get(at), `${at} on ${side}`).toBe(expected.get(at) ?? 0)
    }
    for (const { group, topics: read } of groups(moved)) {
      const committed = await committedOf(lab().cluster(side), group)
      for (const topic of read)
        committed[topic]?.forEach((offset, partition) =>
          expect(offset).toBeGreaterThanOrEqual(chosen.get(`${topic}-${partition}`) ?? 0),
        )
    }
  }

  /**
   * Consumers commit, and the link translates their positions, until all has been read; then nothing moves any more. The link
   * translates once a second, and later on a busy machine.
   */
  async function standingStill(): Promise<Awaited<ReturnType<typeof everything>>> {
    let last = await everything(lab())
    let looks = 0
    const still = async () => {
      const now = await everything(lab())
      looks = JSON.stringify(now) === JSON.stringify(last) ? looks + 1 : 0
      last = now
      return looks === STILL_LOOKS
    }
    await until(still, { what: 'two clusters that stand still', timeoutMs: PATIENCE_MS, pollMs: 1_200 })
    return last
  }

  test.runIf(dryRun)(
    'a dry run writes nothing',
    async () => {
      await product().ready()
      await business(BUSINESS_MS)
      await stopAll(lab(), 'producer')
      const before = await standingStill()
      const applications = turns(lab())
      const run = await product().start('failover', { dryRun: true, approvedBy: 'owner' })
      const result = await run.result()

      expect(result.state).toBe('dry-run')
      expect(result.summary).toMatch(/nothing is blocking/)
      expect(await everything(lab())).toEqual(before)
      expect(turns(lab())).toEqual(applications)
      expect(await product().status()).toMatchObject({ active: 'A', lease: null, episode: null, obligations: [] })
      const producers = lab().applications.filter(({ kind }) => kind === 'producer')
      await Promise.all(producers.map(({ name }) => lab().apps.start(name, { cluster: 'A' })))
    },
    LIMIT_MS,
  )

  describe.each(trips)('round trip %i', (trip) => {
    let turnsBefore: ReturnType<typeof turns>
    let fencedOnA: Map<string, number>
    let firstOnB: Map<string, number>

    let stayed: Stayed

    /** The consumer that falls behind is stopped and started once more on each side it leaves. */
    const turnsOfMoves = (moves: number) => ({
      ...turnsLater(turnsBefore, moves),
      ...stayed.turns(turnsBefore),
      billing: turnsLater(turnsBefore, 2 * moves)['billing'],
    })

    test(
      'failover moves the applications to B',
      async () => {
        await product().ready()
        await business(BUSINESS_MS)
        turnsBefore = turns(lab())
        stayed = await stayedOn(lab(), 'A', stayedIn(trip))
        firstOnB = endsOfProduction('B')
        const name = lab().topics[0]?.name ?? ''
        const strange = trip === 1 && strangers > 0
        if (strange) {
          await writtenByAStranger('B', name)
          firstOnB.set(`${name}-0`, strangers)
        }
        const behind = await fallenBehind('A')
        const topics = trip === part?.trip ? { topics: part.topics } : {}
        const outcome = await carried(trip, 'failover', topics, async (run) => {
          await Promise.all([behind(run), strange ? leftUnread(run, name) : null])
        })

        expect(outcome).toMatchObject({
          state: 'succeeded',
          asked: [...(strange ? ['assess#1'] : []), 'approve#1', ...fence],
        })
        if (strange) await countedAsUnread(outcome, name)
        fencedOnA = endsOfProduction('A')
        await checkPositions(outcome, 'B', 'A', firstOnB, movedIn(trip))
        expect(turns(lab())).toEqual(turnsOfMoves(1))
        expect(
          lab()
            .apps.all()
            .map(({ state, cluster }) => `${state} on ${cluster}`),
        ).toEqual(allOn('B', trip))
        expect(await selected('A', 'B')).toEqual(stayedIn(trip))
        await stayed.untouched()
      },
      LIMIT_MS,
    )

    test.runIf(trip === part?.trip)(
      "the reset that the pair's page offers is of what moved, and leaves nothing when it is aborted behind its fence",
      async () => {
        const before = await leftBehind()
        const { topics = '' } = await connectorConfig(lab(), 'A', 'B', 'source')
        const reset = await product().start('reset', await offered(product(), 'reset'))
        await reset.question('approve')
        const stays = stayedIn(trip).join(', ')
        expect((await reset.progress()).findings.map(({ text }) => text)).toContain(
          `A->B mirrors topics that this run does not move: ${lab().pair} itself (${stays}). It stays on for them: no ticket is opened, and the run proves that it mirrors none of its own topics.`,
        )
        // Somebody selects again what moved, so that the run stands behind its fence.
        await selectedNow(lab(), 'A', 'B', [topics, ...movedIn(trip)].join(','))
        await reset.approve()
        await reset.untilStep('confirm-disabled', ['running', 'waiting'])
        // It has fenced what moved, and nothing else.
        expect((await leftBehind()).acls.length).toBeGreaterThan(before.acls.length)
        await stayed.untouched()
        await reset.handle.cancel()
        await reset.until('its end', ({ state }) => state === 'aborted')
        await selectedNow(lab(), 'A', 'B', topics)
        expect(await leftBehind()).toEqual(before)
        await stayed.untouched()
        expect(await ticketsNow()).toEqual(ticketsOf(trip - 1))
        expect(await product().status()).toMatchObject({
          active: 'B',
          lease: null,
          episode: { stage: 'failed-over' },
          obligations: [],
        })
      },
      LIMIT_MS,
    )

    test(
      'reset has A->B disabled by ticket and mirrors B->A',
      async () => {
        await business(BUSINESS_MS)
        const input = trip === part?.trip ? await offered(product(), 'reset') : { branch: 'recover' }
        const outcome = await carried(trip, 'reset', input)

        expect(outcome.state).toBe('succeeded')
        expect(['approve#1', 'await-ticket#1', ...fence]).toEqual(expect.arrayContaining(outcome.asked))
        expect(await ticketsNow()).toEqual([...ticketsOf(trip - 1), ...(resetByTicket(trip) ? ['A->B processed'] : [])])
        expect(outcome.progress?.tickets).toMatchObject(
          resetByTicket(trip)
            ? [{ completedBy: backend === 'mirrormaker2' ? 'support desk' : "the desk's own state: resolved" }]
            : [],
        )
        expect(await selected('A', 'B')).toEqual(stayedIn(trip))
        await mirroredOn(stayedIn(trip))
        expect(turns(lab())).toEqual(turnsOfMoves(1))
      },
      LIMIT_MS,
    )

    test.runIf(trip === part?.trip)(
      'a failback that is terminated while producers are stopped: the page says first what is down, and advises nothing that would undo it',
      async () => {
        const run = await product().start('failback')
        await run.question('approve')
        // What is written from now on is not mirrored, so that the run waits behind its fence.
        await mirroringHeld(lab(), 'B', 'A', true)
        await business(BUSINESS_MS)
        await run.approve()
        await run.untilStep('confirm-mirrored', ['running', 'waiting'])
        await run.handle.terminate('a test')
        const page = () => pageOf(product())
        await until(async () => /link-state since .*in doubt: change nothing manually/.test(await page()), {
          what: 'the paused link on the page of a pair in doubt',
          timeoutMs: PATIENCE_MS,
          pollMs: 500,
        })
        const seen = await page()
        expect(seen).toMatch(
          /^## .*\n\n### In doubt: what is down now, and where the run stood\n\n- Producers are stopped since /,
        )
        expect(seen).toMatch(/- B refuses User:producer-app since /)
        expect(seen).toMatch(/- The failback had finished fence-source at /)
        expect(seen).not.toMatch(harmful)
        expect(seen).not.toContain('✔')
        await stayed.untouched()
        await mirroringHeld(lab(), 'B', 'A', false)
      },
      LIMIT_MS,
    )

    test(
      'failback moves them back to A and restores the mirroring',
      async () => {
        await business(BUSINESS_MS)
        const input = trip === part?.trip ? await offered(product(), 'failback') : {}
        const outcome = await carried(trip, 'failback', input, await fallenBehind('B'))

        expect(outcome.state).toBe('succeeded')
        expect(['approve#1', 'await-ticket#1', ...fence]).toEqual(expect.arrayContaining(outcome.asked))
        await checkPositions(outcome, 'A', 'B', fencedOnA, movedIn(trip))
        expect(turns(lab())).toEqual(turnsOfMoves(2))
        expect(
          lab()
            .apps.all()
            .map(({ state, cluster }) => `${state} on ${cluster}`),
        ).toEqual(allOn('A', trip))
        expect(await ownAcls()).toEqual(aclsAtStart)
        expect(await originalLink()).toEqual(linkAtStart)
        await stayed.untouched()
        expect(await ticketsNow()).toEqual(ticketsOf(trip))
        expect(await product().status()).toMatchObject({
          active: 'A',
          standby: 'B',
          lease: null,
          episode: null,
          obligations: [],
          protectedBy: { from: 'A', to: 'B' },
        })
      },
      LIMIT_MS,
    )
  })

  test(
    "a record's way: from A to B, and from B to A",
    async () => {
      const ofInvoices = acknowledged().filter(({ topic }) => topic === 'accounting.invoices')
      const onB = ofInvoices.filter(({ cluster }) => cluster === 'B').at(-1)
      const onA = ofInvoices.filter(({ cluster }) => cluster === 'A')[0]
      if (!onA || !onB) throw new Error('no records on both sides')
      const [there, back, topics] = await Promise.all([
        findRecord(lab().b, lab().copyOf('A', 'accounting.invoices'), onA, PATIENCE_MS),
        findRecord(lab().a, lab().copyOf('B', 'accounting.invoices'), onB, PATIENCE_MS),
        Promise.all([topicsOf(lab().a), topicsOf(lab().b)]),
      ])
      expect(there?.partition).toBe(onA.partition)
      expect(back?.partition).toBe(onB.partition)
      // Nothing goes round in circles.
      expect(topics.flat().filter((topic) => /\.[AB]\.[AB]$|^[AB]\.[AB]\./.test(topic))).toEqual([])
    },
    LIMIT_MS,
  )

  test(
    'after the round trips every record has arrived once and in order',
    async () => {
      await business(BUSINESS_MS)
      const declared = declaredDuplicates(lab(), outcomes)
      const dossier = await product().dossier()
      const topics = await finalVerdicts(lab())

      expect(topics.map(({ topic }) => topic)).toEqual(lab().topics.map(({ name }) => name))
      for (const verdict of topics) {
        expect(verdict).toMatchObject({ lost: 0, outOfOrder: 0, stranded: 0 })
        expect(verdict.duplicated).toBeLessThanOrEqual(declared.get(verdict.topic) ?? 0)
        expect(verdict.received).toBe(verdict.sent)
        expect(verdict.sent).toBeGreaterThan(100)
      }
      expect(outcomes.filter(({ offsetPlan }) => offsetPlan !== null)).toHaveLength(2 * trips.length)
      // A planned move declares nothing, so nothing may be read twice.
      expect([...declared.values()].filter((records) => records > 0)).toEqual([])
      // What the dossier remembers of both sides is what was produced there, in that order.
      expect(segmentFaults(dossier, readSent(lab().dir))).toEqual([])
      for (const { name } of lab().topics)
        expect(segmentsOf(dossier, name, 0).map(({ cluster }) => cluster)).toEqual([
          'A',
          ...trips.flatMap((trip) => (movedIn(trip).includes(name) ? ['B', 'A'] : [])),
        ])
    },
    LIMIT_MS,
  )

  test(
    '`switchback compare` tells that the copies hold what their topics hold',
    async () => {
      const { exitCode, output } = await switchback(lab(), ['compare', lab().pair, '--all', '--json'])
      const { topics } = JSON.parse(output) as { topics: { topic: string; result: string }[] }
      expect(topics.map(({ topic, result }) => `${topic} ${result}`).sort()).toEqual(
        lab()
          .topics.map(({ name }) => `${name} same`)
          .sort(),
      )
      expect(exitCode).toBe(0)
    },
    LIMIT_MS,
  )
}
