import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../../lab/lab.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { StepId } from '../../../src/contract/steps.ts'
import { aclsOf, connectorConfig } from '../../lab/clusters-now.ts'
import type { DrivenRun, Outcome } from '../../lab/driven-run.ts'
import { declaredDuplicates, finalVerdicts, turns, turnsLater } from '../../lab/judged.ts'
import { business, twoTopics, type Product } from '../../lab/product.ts'
import { onOwnLab } from '../own-lab.ts'
import { victim, type Victim, type VictimName } from './victim.ts'

/** Milliseconds. */
const BUSINESS_MS = 1_500
const DOWN_MS = 1_000
const LOOK_MS = 40
const PATIENCE_MS = 900_000

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

/** A way there and back on which one victim is struck in every step (or in those of `only`). */
export type TripReport = {
  victim: VictimName
  seconds: number
  cells: Cell[]
  faults: string[]
}

/** Never throws: what went wrong stands in the report. */
export async function playTrip(
  name: VictimName,
  only: ((operation: OperationName, step: StepId) => boolean) | undefined,
  told: (line: string) => void = () => undefined,
): Promise<TripReport> {
  const report: TripReport = { victim: name, seconds: 0, cells: [], faults: [] }
  report.seconds = await onOwnLab(twoTopics, report.faults, told, (lab, product) =>
    new Trip(lab, product, name, report, only ?? (() => true), told).play(),
  )
  return report
}

class Trip {
  readonly #lab: Lab
  readonly #product: Product
  readonly #name: VictimName
  readonly #victim: Victim
  readonly #report: TripReport
  readonly #only: (operation: OperationName, step: StepId) => boolean
  readonly #told: (line: string) => void
  readonly #outcomes: Outcome[] = []

  constructor(
    lab: Lab,
    product: Product,
    name: VictimName,
    report: TripReport,
    only: (operation: OperationName, step: StepId) => boolean,
    told: (line: string) => void,
  ) {
    this.#lab = lab
    this.#product = product
    this.#name = name
    this.#victim = victim(name, lab, product)
    this.#report = report
    this.#only = only
    this.#told = told
  }

  async play(): Promise<void> {
    const lab = this.#lab
    await this.#product.ready()
    await business(BUSINESS_MS)
    const before = {
      turns: turns(lab),
      acls: await aclsOf(lab.a),
      link: await connectorConfig(lab, 'A', 'B', 'source'),
    }
    await this.#operation('failover')
    await business(BUSINESS_MS)
    await this.#operation('reset', { branch: 'recover' })
    await business(BUSINESS_MS)
    await this.#operation('failback')
    await business(BUSINESS_MS)
    this.#same('starts and stops of the applications', turns(lab), turnsLater(before.turns, 2))
    this.#same('the ACLs of A', await aclsOf(lab.a), before.acls)
    this.#same('the link A->B', await connectorConfig(lab, 'A', 'B', 'source'), before.link)
    const tickets = await this.#product.tickets()
    this.#same(
      'the tickets',
      tickets.map(({ link, state }) => `${link.from}->${link.to} ${state}`),
      ['A->B processed', 'B->A processed'],
    )
    await this.#verdict()
  }

  #same(what: string, now: unknown, expected: unknown): void {
    if (JSON.stringify(now) === JSON.stringify(expected)) return
    this.#report.faults.push(`${what}: ${JSON.stringify(now)} instead of ${JSON.stringify(expected)}`)
  }

  async #verdict(): Promise<void> {
    const declared = declaredDuplicates(this.#lab, this.#outcomes)
    for (const { topic, sent, received, lost, outOfOrder, duplicated } of await finalVerdicts(this.#lab)) {
      const allowed = declared.get(topic) ?? 0
      if (sent === 0 || lost > 0 || outOfOrder > 0 || duplicated > allowed)
        this.#report.faults.push(
          `${topic}: ${sent} sent, ${received} received, ${lost} lost, ${outOfOrder} out of order, ${duplicated} read twice of ${allowed} declared`,
        )
    }
  }

  async #operation(operation: OperationName, input = {}): Promise<void> {
    const run = await this.#product.start(operation, input)
    const over = new AbortController()
    const striking = this.#strike(run, over.signal)
    const outcome = await run.carry({ patienceMs: PATIENCE_MS }).finally(() => over.abort())
    await striking
    this.#outcomes.push(outcome)
    this.#told(`${this.#name}: ${operation} ${outcome.state} after ${Math.round(outcome.seconds)} s`)
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
      if (step && !struck.has(step) && this.#only(run.operation, step) && !over.aborted) {
        struck.add(step)
        this.#report.cells.push(await this.#strikeIn(run, step, over))
      }
      await sleep(LOOK_MS)
    }
  }

  async #strikeIn(run: DrivenRun, step: StepId, over: AbortSignal): Promise<Cell> {
    this.#told(`${this.#name} in ${run.operation} ${step}`)
    await this.#victim.takeAway()
    await sleep(DOWN_MS)
    await this.#victim.giveBack()
    const back = Date.now()
    const cell: Cell = { victim: this.#name, operation: run.operation, step, state: 'ok', goesOnAfterMs: null }
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
      const known = this.#report.cells.some((cell) => cell.operation === operation && cell.step === id)
      if (!known && state !== 'pending' && this.#only(operation, id))
        this.#report.cells.push({ victim: this.#name, operation, step: id, state: 'missed', goesOnAfterMs: null })
    }
  }
}
