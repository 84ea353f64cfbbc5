import { readSent } from '../../../lab/apps/records.ts'
import type { Lab } from '../../../lab/lab.ts'
import { until } from '../../../lab/process/wait.ts'
import { planIn, runQueries } from '../../../src/contract/definitions.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import { mirroringHeld } from '../../lab/clusters-now.ts'
import type { Attitude, DrivenRun } from '../../lab/driven-run.ts'
import { finalVerdicts } from '../../lab/judged.ts'
import { business, twoTopics, type Product } from '../../lab/product.ts'
import { segmentFaults } from '../../lab/segments-now.ts'
import { onOwnLab } from '../own-lab.ts'
import { orderFaults } from './judge.ts'
import type { RoundTripsReport } from './report.ts'
import { tripsOf, type TripKind } from './trip.ts'

/** Milliseconds of production between two acts, and of a backlog that somebody leaves. */
const BUSINESS_MS = 2_500
/** Milliseconds the pair may take to do what a run owed to a side that was dark. */
const KEPT_MS = 120_000
/** Milliseconds for all the questions and waits of one run. */
const PATIENCE_MS = 600_000

/** A, B, A, B, … `count` times there and back under strict ordering, on a lab of its own. Never throws. */
export async function playRoundTrips(
  count: number,
  told: (line: string) => void = () => undefined,
): Promise<RoundTripsReport> {
  const report: RoundTripsReport = { seconds: 0, moves: [], verdicts: [], faults: [] }
  report.seconds = await onOwnLab(twoTopics, report.faults, told, async (lab, product) => {
    await new RoundTrips(lab, product, report, told).play(count)
  })
  return report
}

class RoundTrips {
  readonly #lab: Lab
  readonly #product: Product
  readonly #report: RoundTripsReport
  readonly #told: (line: string) => void

  constructor(lab: Lab, product: Product, report: RoundTripsReport, told: (line: string) => void) {
    this.#lab = lab
    this.#product = product
    this.#report = report
    this.#told = told
  }

  async play(count: number): Promise<void> {
    for (const [index, kind] of tripsOf(count).entries()) await this.#trip(index + 1, kind)
    await business(BUSINESS_MS)
    const { dossier, lab } = { dossier: await this.#product.dossier(), lab: this.#lab }
    this.#report.verdicts = await finalVerdicts(lab)
    this.#report.faults.push(...segmentFaults(dossier, readSent(lab.dir)), ...orderFaults(lab, this.#report))
  }

  async #trip(trip: number, kind: TripKind): Promise<void> {
    const { apps } = this.#lab
    const at = { trip, kind }
    await this.#product.ready()
    // A side that was lost is fenced by the pair first, or it would fence the producers that come to it.
    await until(async () => (await this.#product.status()).obligations.length === 0, {
      what: 'the obligations discharged',
      timeoutMs: KEPT_MS,
      pollMs: 300,
    })
    await business(BUSINESS_MS)
    await apps.stop('billing')
    await business(BUSINESS_MS)
    if (kind === 'behind') await this.#move(at, 'failover', { inDrain: (run) => this.#giveUp(run) })
    if (kind === 'lost-there') await this.#move(at, 'failover', { inDrain: () => this.#goOn('billing', 'A') })
    if (kind === 'behind-twice') {
      apps.break('billing')
      const attitude: Attitude = { skip: ['start-consumers', 'verify'] }
      await this.#move(at, 'failover', { inDrain: (run) => this.#giveUp(run), attitude })
    }
    await business(BUSINESS_MS)
    await this.#move(at, 'reset', { input: { branch: 'recover' } })
    await business(BUSINESS_MS)
    if (kind === 'behind') {
      await apps.stop('shipping')
      await business(BUSINESS_MS)
      await this.#move(at, 'failback', { inDrain: () => this.#goOn('shipping', 'B') })
    }
    if (kind === 'lost-there') await this.#loseB(at)
    if (kind === 'behind-twice') {
      const mend = (run: DrivenRun) => (apps.mend('billing'), this.#giveUp(run))
      await this.#move(at, 'failback', { inDrain: mend })
    }
  }

  async #loseB(at: { trip: number; kind: TripKind }): Promise<void> {
    const { apps, b } = this.#lab
    await apps.stop('shipping')
    await business(BUSINESS_MS)
    await mirroringHeld(this.#lab, 'B', 'A', true)
    await business(BUSINESS_MS)
    this.#told('B is killed')
    await Promise.all([b.kill(), b.connect.process.kill()])
    const back = async (run: DrivenRun) => {
      await run.untilStep('start-consumers', ['done'])
      await Promise.all([b.start(), b.connect.process.start()])
    }
    await this.#move(at, 'failback', { input: { mode: 'forced' }, meanwhile: back })
  }

  async #move(
    at: { trip: number; kind: TripKind },
    operation: OperationName,
    way: {
      input?: object
      attitude?: Attitude
      inDrain?: (run: DrivenRun) => Promise<unknown>
      meanwhile?: (run: DrivenRun) => Promise<unknown>
    },
  ): Promise<void> {
    const run = await this.#product.start(operation, { ...way.input })
    const acting = way.inDrain
      ? run.untilStep('drain-consumers', ['running']).then(() => way.inDrain?.(run))
      : way.meanwhile?.(run)
    const [outcome] = await Promise.all([run.carry({ patienceMs: PATIENCE_MS, ...way.attitude }), acting])
    const { plan, expectations } = planIn(await run.handle.query(runQueries.plan))
    const { orderBreaks } = expectations
    const seconds = Math.round(outcome.seconds * 10) / 10
    if (operation !== 'reset') this.#report.moves.push({ ...at, operation, mode: plan.mode, seconds, orderBreaks })
    this.#told(
      `trip ${at.trip} (${at.kind}): ${operation} ${plan.mode} ${outcome.state} after ${Math.round(seconds)} s; breaks: ${orderBreaks.map(({ group, reason }) => `${group} (${reason})`).join(', ') || 'none'}`,
    )
    if (outcome.state !== 'succeeded')
      throw new Error(`trip ${at.trip}: ${operation} ${outcome.state}: ${outcome.failure ?? 'no reason given'}`)
  }

  /** Whoever is behind reads on, and the drain comes about. */
  async #goOn(name: string, cluster: string): Promise<void> {
    await business(BUSINESS_MS)
    await this.#lab.apps.start(name, { cluster })
  }

  /** Nobody will read it there: planned becomes forced while the run waits for the drain. */
  async #giveUp(run: DrivenRun): Promise<void> {
    const { planHash } = await run.progress()
    await run.send('force', { by: 'owner', reason: 'a consumer cannot read on there', planHash })
  }
}
