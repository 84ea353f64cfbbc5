import { setTimeout as sleep } from 'node:timers/promises'
import { readReceived, readSent } from '../../../lab/apps/records.ts'
import type { Lab } from '../../../lab/lab.ts'
import { until } from '../../../lab/process/wait.ts'
import type { OperationName } from '../../../src/contract/names.ts'
import type { Outcome } from '../../lab/driven-run.ts'
import { endsOf, mirroredTo, mirroringHeld } from '../../lab/clusters-now.ts'
import { declaredDuplicates, finalVerdicts } from '../../lab/judged.ts'
import { business, timing, type Product } from '../../lab/product.ts'
import { onOwnLab } from '../own-lab.ts'
import { accountOf, readAgainByReplay } from './account.ts'
import { applicationsOf, type Disaster } from './disaster.ts'
import { faultsOf } from './judge.ts'
import type { DisasterReport } from './report.ts'

/** Milliseconds of production between two acts. */
const BUSINESS_MS = 1_500
/** Milliseconds a cluster that came back may take to lead its partitions again. */
const LED_MS = 60_000

/** Plays one disaster on a lab of its own, and judges it. What goes wrong is a fault of the report, never an exception. */
export async function playDisaster(
  disaster: Disaster,
  told: (line: string) => void = () => {},
): Promise<DisasterReport> {
  const report: DisasterReport = {
    disaster,
    seconds: 0,
    operations: [],
    stranded: [],
    ledger: [],
    copied: 0,
    accounts: [],
    verdicts: [],
    declared: {},
    faults: [],
  }
  const { topics, recordsPerSecond } = disaster
  const options = { topics, applications: applicationsOf(topics), recordsPerSecond, timing }
  report.seconds = await onOwnLab(options, report.faults, told, async (lab, product) => {
    await new Play(lab, product, disaster, report, told).wayThereAndBack()
    report.faults.push(...faultsOf(report))
  })
  return report
}

class Play {
  readonly #lab: Lab
  readonly #product: Product
  readonly #disaster: Disaster
  readonly #report: DisasterReport
  readonly #told: (line: string) => void
  readonly #outcomes: Outcome[] = []
  /** When A came back, in ms since 1970; 0 while it was never lost. */
  #backAt = 0

  constructor(lab: Lab, product: Product, disaster: Disaster, report: DisasterReport, told: (l: string) => void) {
    this.#lab = lab
    this.#product = product
    this.#disaster = disaster
    this.#report = report
    this.#told = told
  }

  async wayThereAndBack(): Promise<void> {
    const { incident, settle } = this.#disaster
    await this.#product.ready()
    await business(BUSINESS_MS)
    await this.#incident()
    await this.#operation('failover', incident === 'planned' ? {} : { mode: 'forced' })
    await business(BUSINESS_MS)
    await this.#bringBack()
    await this.#measureStranded()
    await this.#operation('reset', { branch: 'recover' }, settle)
    await business(BUSINESS_MS)
    await this.#operation('failback')
    await business(BUSINESS_MS)
    await this.#account()
  }

  async #incident(): Promise<void> {
    const { incident, withConnect, heldMs, behind } = this.#disaster
    const { apps, a } = this.#lab
    await Promise.all(behind.map((name) => apps.stop(name)))
    if (heldMs > 0) {
      await mirroringHeld(this.#lab, 'A', 'B', true)
      await business(heldMs)
    }
    if (incident === 'planned') {
      // The link goes on while the run waits for it, and whoever was behind reads on.
      if (heldMs > 0) await mirroringHeld(this.#lab, 'A', 'B', false)
      await Promise.all(behind.map((name) => apps.start(name, { cluster: 'A' })))
      return
    }
    if (behind.length > 0) await business(BUSINESS_MS)
    this.#told(`A is ${incident}`)
    const stop = incident === 'killed' ? () => a.kill() : () => Promise.resolve(a.pause())
    await Promise.all([stop(), ...(withConnect ? [a.connect.process.kill()] : [])])
  }

  async #bringBack(): Promise<void> {
    const { incident, withConnect } = this.#disaster
    if (incident === 'planned') return
    const { a } = this.#lab
    this.#backAt = Date.now()
    if (incident === 'killed') await a.start()
    if (incident === 'frozen') a.resume()
    if (withConnect) await a.connect.process.start()
  }

  /** What A holds beyond the last record that came to B. */
  async #measureStranded(): Promise<void> {
    if (this.#disaster.incident === 'planned') return
    const onB = await mirroredTo(this.#lab, 'A', 'B')
    for (const { name } of this.#lab.topics)
      for (const [partition, to] of await this.#endsOnceLed(name)) {
        const from = (onB.get(name)?.get(partition) ?? -1) + 1
        if (to > from) this.#report.stranded.push({ cluster: 'A', topic: name, partition, from, to })
      }
  }

  /** A cluster that has just come back leads none of its partitions for a moment. */
  async #endsOnceLed(topic: string): Promise<[number, number][]> {
    const ends = await until(() => endsOf(this.#lab.a, topic), {
      what: `no ends of ${topic}`,
      timeoutMs: LED_MS,
      pollMs: 500,
    })
    return [...ends]
  }

  async #operation(operation: OperationName, input = {}, settle?: Disaster['settle']): Promise<void> {
    const run = await this.#product.start(operation, input)
    const kill = this.#disaster.workerKills.find((one) => one.operation === operation)
    const killed = kill ? this.#killWorker(operation, kill.afterMs) : Promise.resolve()
    const [outcome] = await Promise.all([run.carry(settle === undefined ? {} : { settle }), killed])
    const { state, seconds } = outcome
    this.#outcomes.push(outcome)
    this.#report.operations.push({ operation, state, seconds: Math.round(seconds * 10) / 10 })
    this.#told(`${operation} ${state} after ${Math.round(seconds)} s`)
    if (operation === 'reset') await this.#readLedger()
    if (state !== 'succeeded') throw new Error(`${operation} ${state}: ${outcome.failure ?? 'no reason given'}`)
  }

  async #killWorker(operation: OperationName, afterMs: number): Promise<void> {
    await sleep(afterMs)
    this.#told(`the worker is killed ${afterMs} ms into the ${operation}`)
    await this.#product.killWorker()
    await this.#product.startWorker()
  }

  async #readLedger(): Promise<void> {
    const { ledgers, settlements } = await this.#product.dossier()
    for (const { copied } of settlements) this.#report.copied += copied?.records ?? 0
    for (const { kind, cluster, topics } of ledgers)
      if (kind === 'exact')
        for (const { topic, rows } of topics)
          for (const [partition, from, to] of rows)
            this.#report.ledger.push({ cluster, topic, partition, from, to: to ?? from })
  }

  async #account(): Promise<void> {
    const { ledger } = this.#report
    this.#report.verdicts = await finalVerdicts(this.#lab, ledger)
    const accounts = accountOf(readSent(this.#lab.dir), readReceived(this.#lab.dir), ledger, this.#backAt)
    const replayed = this.#disaster.settle === 'replay'
    this.#report.accounts = accounts
    this.#report.declared = Object.fromEntries(
      [...declaredDuplicates(this.#lab, this.#outcomes)].map(([topic, planned]) => [
        topic,
        planned + (replayed ? readAgainByReplay(accounts, topic) : 0),
      ]),
    )
  }
}
