import { readReceived, readSent } from '../../../lab/apps/records.ts'
import type { Lab } from '../../../lab/lab.ts'
import { until } from '../../../lab/process/wait.ts'
import { connectorConfig, endsOf, mirroredTo, mirroringHeld, ownAclsOf } from '../../lab/clusters-now.ts'
import type { Outcome } from '../../lab/driven-run.ts'
import { declaredDuplicates, finalVerdicts } from '../../lab/judged.ts'
import { business, type Product } from '../../lab/product.ts'
import { accountOf, readAgainByReplay } from '../disasters/account.ts'
import { onOwnLab } from '../own-lab.ts'
import type { Act, Interleaving, Wave } from './interleaving.ts'
import { pairFaults } from './judge.ts'
import type { PairsReport } from './report.ts'
import { fourPairs, pairNames, sharing, type PairName } from './scene.ts'

/** Milliseconds of production between two waves. */
const BUSINESS_MS = 1_000
/** Milliseconds a pair may take to do what a run left outstanding on a side that was gone. */
const KEPT_MS = 120_000
/** Milliseconds for all questions and waits of one run, beside others. */
const PATIENCE_MS = 420_000

/** Plays one interleaving on a lab of its own, and judges it. What goes wrong is a fault of the report, never an exception. */
export async function playPairs(
  interleaving: Interleaving,
  told: (line: string) => void = () => undefined,
): Promise<PairsReport> {
  const report: PairsReport = {
    interleaving,
    seconds: 0,
    operations: [],
    truth: [],
    said: [],
    accounts: [],
    verdicts: [],
    declared: {},
    faults: [],
  }
  report.seconds = await onOwnLab(fourPairs, report.faults, told, async (lab, product) => {
    await new Pairs(lab, product, report, told).play()
    report.faults.push(...pairFaults(report))
  })
  return report
}

class Pairs {
  readonly #lab: Lab
  readonly #report: PairsReport
  readonly #told: (line: string) => void
  readonly #products: Map<PairName, Product>
  readonly #outcomes: Outcome[] = []
  /** When A came back, in ms since 1970. */
  #backAt = 0

  constructor(lab: Lab, product: Product, report: PairsReport, told: (line: string) => void) {
    this.#lab = lab
    this.#report = report
    this.#told = told
    this.#products = new Map(pairNames.map((name) => [name, product.ofPair(name)]))
  }

  async play(): Promise<void> {
    const { early, lost, back, withConnect } = this.#report.interleaving
    const { a } = this.#lab
    const before = await this.#everything()
    await Promise.all(pairNames.map((name) => this.#product(name).ready()))
    await business(BUSINESS_MS)
    await this.#waves(early)
    await this.#hold()
    this.#told('A is killed')
    await Promise.all([a.kill(), ...(withConnect ? [a.connect.process.kill()] : [])])
    await this.#waves(lost, { mode: 'forced' })
    this.#backAt = Date.now()
    await a.start()
    if (withConnect) await a.connect.process.start()
    await this.#kept()
    await this.#measureStranded()
    await this.#waves(back)
    await this.#account()
    await this.#asBefore(before)
  }

  #product(name: PairName): Product {
    const product = this.#products.get(name)
    if (!product) throw new Error(`no pair ${name}`)
    return product
  }

  async #waves(waves: readonly Wave[], input: object = {}): Promise<void> {
    for (const wave of waves) {
      await Promise.all(wave.map((act) => this.#act(act, input)))
      await business(BUSINESS_MS)
    }
  }

  async #act({ pair, operation }: Act, input: object): Promise<void> {
    const product = this.#product(pair)
    const run = await product.start(operation, { ...input, ...(operation === 'reset' ? { branch: 'recover' } : {}) })
    const outcome = await run.carry({ settle: this.#report.interleaving.settle[pair], patienceMs: PATIENCE_MS })
    const { state, seconds } = outcome
    this.#outcomes.push(outcome)
    this.#report.operations.push({ pair, operation, state, seconds: Math.round(seconds * 10) / 10 })
    this.#told(`${pair} ${operation} ${state} after ${Math.round(seconds)} s`)
    if (operation === 'reset') await this.#readLedger(product)
    if (state !== 'succeeded') throw new Error(`${pair} ${operation} ${state}: ${outcome.failure ?? 'no reason given'}`)
  }

  /** A backlog on A that nobody has mirrored. */
  async #hold(): Promise<void> {
    const own = pairNames.filter((name) => name !== sharing[1])
    await Promise.all(own.map((name) => mirroringHeld(this.#lab, 'A', 'B', true, name)))
    await business(this.#report.interleaving.heldMs)
  }

  async #kept(): Promise<void> {
    await Promise.all(
      pairNames.map((name) =>
        until(async () => (await this.#product(name).status()).obligations.length === 0, {
          what: `nothing outstanding of ${name}`,
          timeoutMs: KEPT_MS,
          pollMs: 500,
        }),
      ),
    )
  }

  /** What A holds beyond the last record that came to B, of the pairs that were there when it was lost. */
  async #measureStranded(): Promise<void> {
    const left = this.#report.interleaving.lost.flat().map(({ pair }) => pair)
    for (const pair of left) {
      const onB = await mirroredTo(this.#lab, 'A', 'B', pair)
      const names = fourPairs.pairs.find(({ name }) => name === pair)?.topics ?? []
      for (const topic of names)
        for (const [partition, to] of await endsOf(this.#lab.a, topic)) {
          const from = (onB.get(topic)?.get(partition) ?? -1) + 1
          if (to > from) this.#report.truth.push({ cluster: 'A', topic, partition, from, to })
        }
    }
  }

  async #readLedger(product: Product): Promise<void> {
    const { ledgers } = await product.dossier()
    for (const { kind, cluster, topics } of ledgers)
      if (kind === 'exact')
        for (const { topic, rows } of topics)
          for (const [partition, from, to] of rows)
            this.#report.said.push({ cluster, topic, partition, from, to: to ?? from })
  }

  async #account(): Promise<void> {
    const { said, interleaving } = this.#report
    this.#report.verdicts = await finalVerdicts(this.#lab, said)
    const accounts = accountOf(readSent(this.#lab.dir), readReceived(this.#lab.dir), said, this.#backAt)
    this.#report.accounts = accounts
    const replayed = (topic: string) =>
      Object.entries(interleaving.settle).some(([pair, action]) => action === 'replay' && topic.startsWith(`${pair}.`))
    this.#report.declared = Object.fromEntries(
      [...declaredDuplicates(this.#lab, this.#outcomes)].map(([topic, planned]) => [
        topic,
        planned + (replayed(topic) ? readAgainByReplay(accounts, topic) : 0),
      ]),
    )
  }

  /** What the trip must leave as it was: the selection of each link that protects, and every ACL. */
  async #everything(): Promise<Record<string, unknown>> {
    // Which entry comes first means nothing.
    const selection = async (pair: PairName) =>
      (await connectorConfig(this.#lab, 'A', 'B', 'source', pair))['topics']?.split(',').sort()
    return {
      ...Object.fromEntries(
        await Promise.all(pairNames.map(async (pair) => [`selection of ${pair}`, await selection(pair)])),
      ),
      'ACLs of A': await ownAclsOf(this.#lab.a, this.#lab.b),
      'ACLs of B': await ownAclsOf(this.#lab.b, this.#lab.a),
    }
  }

  /** The pair lifts the fence of a failback by itself, once its episode is closed. */
  async #asBefore(before: Record<string, unknown>): Promise<void> {
    let differences: string[] = []
    const same = async () => {
      const after = await this.#everything()
      differences = Object.entries(before)
        .filter(([what, was]) => JSON.stringify(was) !== JSON.stringify(after[what]))
        .map(([what, was]) => `${what} were ${JSON.stringify(was)} and are ${JSON.stringify(after[what])}`)
      return differences.length === 0
    }
    await until(same, { what: 'everything as before', timeoutMs: KEPT_MS, pollMs: 1_000 }).catch(() => undefined)
    this.#report.faults.push(...differences)
  }
}
