import { setTimeout as sleep } from 'node:timers/promises'
import { readReceived, readSent } from '../../../lab/apps/records.ts'
import type { Lab } from '../../../lab/lab.ts'
import type { LabOptions } from '../../../lab/options.ts'
import { until } from '../../../lab/process/wait.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { ownAclsOf, selectionsOf } from '../../lab/clusters-now.ts'
import type { DrivenRun, Outcome } from '../../lab/driven-run.ts'
import { declaredDuplicates, finalVerdicts, turns } from '../../lab/judged.ts'
import { business, timing, twoTopics, type Product } from '../../lab/product.ts'
import type { Outage } from '../../lab/uncommitted.ts'
import { accountOf, readAgainByReplay } from '../disasters/account.ts'
import { onOwnLab } from '../own-lab.ts'
import { route, type Act, type Route, type RouteName } from './route.ts'
import { isBroker, isOnHomeSide, victim, type VictimName } from './victim.ts'

/** Milliseconds. */
const BUSINESS_MS = 1_500
const DOWN_MS = 1_000
const LOOK_MS = 40
const PATIENCE_MS = 900_000
/** A desk that is killed when it has done the work and not told anybody is asked. */
const TICKET_POLL_MS = 15_000

/** One runbook, one step, one victim. */
export type Cell = {
  victim: VictimName
  operation: OperationName
  step: StepId
  /** `missed`: the step was over before it could be struck. */
  state: 'ok' | 'missed' | 'red'
  /** Milliseconds from giving the victim back until the run's next step, or its end; null when it was not struck. */
  goesOnAfterMs: number | null
}

/** What drives the mirroring. */
export type Backend = NonNullable<LabOptions['backend']>

/** Who is struck in a step; undefined: nobody. */
export type Strikes = (operation: OperationName, step: StepId) => VictimName | undefined

/** A way through the three runbooks on which somebody is struck in the middle of steps. */
export type TripReport = {
  name: string
  backend: Backend
  route: RouteName
  seconds: number
  cells: Cell[]
  faults: string[]
}

/** Never throws: what went wrong stands in the report. */
export async function playTrip(
  name: string,
  routeName: RouteName,
  strikes: Strikes,
  told: (line: string) => void = () => undefined,
  backend: Backend = 'mirrormaker2',
): Promise<TripReport> {
  const report: TripReport = { name, backend, route: routeName, seconds: 0, cells: [], faults: [] }
  const options = { ...twoTopics, timing: { ...timing, ticketPoll: TICKET_POLL_MS }, backend }
  report.seconds = await onOwnLab(options, report.faults, told, (lab, product) =>
    new Trip(lab, product, report, strikes, told).play(),
  )
  return report
}

class Trip {
  readonly #lab: Lab
  readonly #product: Product
  readonly #report: TripReport
  readonly #route: Route
  readonly #strikes: Strikes
  readonly #told: (line: string) => void
  readonly #outcomes: Outcome[] = []
  readonly #outages: Outage[] = []

  constructor(lab: Lab, product: Product, report: TripReport, strikes: Strikes, told: (line: string) => void) {
    this.#lab = lab
    this.#product = product
    this.#report = report
    this.#route = route(report.route)
    this.#strikes = strikes
    this.#told = (line) => told(`${report.name}: ${line}`)
  }

  async play(): Promise<void> {
    const lab = this.#lab
    await this.#product.ready()
    await business(BUSINESS_MS)
    const before = { turns: turns(lab), acls: await ownAclsOf(lab.a, lab.b), fencedB: await ownAclsOf(lab.b, lab.a) }
    const provider = this.#report.backend === 'event-streams'
    const selected = provider ? [] : await selectionsOf(lab, 'A', 'B')
    for (const act of this.#route.acts) {
      await act.before?.(lab)
      await this.#operation(act)
      await business(BUSINESS_MS)
    }
    // A list of names becomes empty, a pattern is narrowed.
    const noneOfThem = 'none of the topics'
    const selects = (text: string, name: string) =>
      text.split(',').some((entry) => new RegExp(`^(?:${entry})$`).test(name))
    const outOf = (text: string) => (lab.topics.some(({ name }) => selects(text, name)) ? text : noneOfThem)
    const home = lab.cluster(this.#route.home)
    this.#same('the ACLs of the active side', await ownAclsOf(home, lab.b), before.acls)
    // Lifted by the pair itself once the episode is closed.
    const fenceOfB = async () => (await ownAclsOf(lab.b, home)).filter((acl) => !before.fencedB.includes(acl))
    await until(async () => (await fenceOfB()).length === 0, { what: 'the fence of B lifted', timeoutMs: PATIENCE_MS })
    if (!provider)
      this.#same('the selections of A->B', (await selectionsOf(lab, 'A', 'B')).map(outOf), [
        ...selected,
        noneOfThem,
        ...(this.#route.home === 'A' ? selected : []),
      ])
    const { active, standby, protectedBy, lease, episode, obligations } = await this.#product.status()
    this.#same(
      'the pair',
      {
        active,
        standby,
        protectedBy: `${protectedBy?.from}->${protectedBy?.to}`,
        lease,
        episode,
        owed: obligations.map(({ id }) => id).filter((id) => !this.#route.mayOwe.includes(id)),
      },
      {
        active: home.alias,
        standby: 'B',
        protectedBy: `${home.alias}->B`,
        lease: null,
        episode: null,
        owed: this.#route.owed,
      },
    )
    const tickets = await this.#product.tickets()
    this.#same(
      'the tickets',
      tickets.map(({ link, state }) => `${link.from}->${link.to} ${state}`),
      // What leaves B is disabled by the run itself at a provider.
      this.#route.tickets.filter((ticket) => !provider || !ticket.startsWith('B->')),
    )
    this.#countTurns(before.turns)
    await this.#verdict()
  }

  /** A consumer that was started on the copies first was started once more: in a forced move, where nothing was drained. */
  #countTurns(before: ReturnType<typeof turns>): void {
    const forced = this.#route.acts.some(({ input }) => input['mode'] === 'forced')
    const now = turns(this.#lab)
    for (const { name, kind } of this.#lab.applications) {
      const [was, is] = [before[name], now[name]]
      if (!was || !is) continue
      const allowed = kind === 'consumer' && forced ? [2, 3] : [2]
      for (const what of ['starts', 'stops'] as const)
        if (!allowed.includes(is[what] - was[what]))
          this.#report.faults.push(`${is[what] - was[what]} ${what} of ${name} instead of ${allowed.join(' or ')}`)
    }
  }

  #same(what: string, now: unknown, expected: unknown): void {
    if (JSON.stringify(now) === JSON.stringify(expected)) return
    this.#report.faults.push(`${what}: ${JSON.stringify(now)} instead of ${JSON.stringify(expected)}`)
  }

  async #verdict(): Promise<void> {
    const { stranded, acts, backAt } = this.#route
    const verdicts = await finalVerdicts(this.#lab, stranded, this.#outages)
    const accounts = accountOf(readSent(this.#lab.dir), readReceived(this.#lab.dir), stranded, backAt)
    const declared = declaredDuplicates(this.#lab, this.#outcomes)
    const replayed = acts.some(({ settle }) => settle === 'replay')
    for (const { topic, sent, received, lost, outOfOrder, duplicated } of verdicts) {
      const allowed = (declared.get(topic) ?? 0) + (replayed ? readAgainByReplay(accounts, topic) : 0)
      if (sent === 0 || lost > 0 || outOfOrder > 0 || duplicated > allowed)
        this.#report.faults.push(
          `${topic}: ${sent} sent, ${received} received, ${lost} lost, ${outOfOrder} out of order, ${duplicated} read twice of ${allowed} declared`,
        )
    }
    for (const { cluster, topic, partition, ...account } of accounts) {
      const where = `${topic}-${partition} on ${cluster}`
      if (account.missing > 0) this.#report.faults.push(`${account.missing} records of ${where} are lost unseen`)
      if (replayed && account.stranded > 0)
        this.#report.faults.push(`${account.stranded} stranded records of ${where} were to be replayed, and never read`)
    }
  }

  async #operation({ operation, input, settle }: Act): Promise<void> {
    const run = await this.#product.start(operation, input)
    const over = new AbortController()
    const striking = this.#strike(run, over.signal)
    const attitude = { patienceMs: PATIENCE_MS, ...(settle === undefined ? {} : { settle }) }
    const outcome = await run.carry(attitude).finally(() => over.abort())
    await striking
    this.#outcomes.push(outcome)
    this.#told(`${operation} ${outcome.state} after ${Math.round(outcome.seconds)} s`)
    this.#countMissed(outcome)
    if (outcome.state === 'succeeded') return
    const last = this.#report.cells.findLast((cell) => cell.state === 'ok')
    if (last !== undefined) last.state = 'red'
    throw new Error(`${operation} ${outcome.state}: ${outcome.failure ?? 'no reason given'}`)
  }

  /** Strikes once in each step, as soon as it is seen running. */
  async #strike(run: DrivenRun, over: AbortSignal): Promise<void> {
    const struck = new Set<StepId>()
    while (!over.aborted) {
      const step = (await run.progress().catch(() => undefined))?.currentStep
      const name = step && !struck.has(step) ? this.#victimIn(run.operation, step) : undefined
      if (step && name !== undefined && !over.aborted) {
        struck.add(step)
        this.#report.cells.push(await this.#strikeIn(run, step, name, over))
      }
      await sleep(LOOK_MS)
    }
  }

  /** Nobody is struck on a side that is gone. */
  #victimIn(operation: OperationName, step: StepId): VictimName | undefined {
    const name = this.#strikes(operation, step)
    const gone = operation === 'failover' && this.#report.route !== 'planned'
    return name === undefined || (gone && isOnHomeSide(name)) ? undefined : name
  }

  async #strikeIn(run: DrivenRun, step: StepId, name: VictimName, over: AbortSignal): Promise<Cell> {
    this.#told(`${name} in ${run.operation} ${step}`)
    const struck = victim(name, this.#lab, this.#product, () => this.#lab.cluster(this.#route.home))
    const from = Date.now()
    await struck.takeAway()
    await sleep(DOWN_MS)
    await struck.giveBack()
    const back = Date.now()
    if (isBroker(name)) this.#outages.push({ cluster: isOnHomeSide(name) ? this.#route.home : 'B', from, to: back })
    const cell: Cell = { victim: name, operation: run.operation, step, state: 'ok', goesOnAfterMs: null }
    while (!over.aborted) {
      const now = await run.progress().catch(() => undefined)
      if (now !== undefined && now.currentStep !== step) break
      // A question is for a person, who is not what is measured.
      if (now?.waitingFor.some((question) => question.step === step)) return cell
      await sleep(LOOK_MS)
    }
    return { ...cell, goesOnAfterMs: Date.now() - back }
  }

  #countMissed({ operation, progress }: Outcome): void {
    for (const { id, state } of progress?.steps ?? []) {
      const name = this.#victimIn(operation, id)
      const known = this.#report.cells.some((cell) => cell.operation === operation && cell.step === id)
      if (!known && state !== 'pending' && name !== undefined)
        this.#report.cells.push({ victim: name, operation, step: id, state: 'missed', goesOnAfterMs: null })
    }
  }
}
