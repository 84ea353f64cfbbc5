import type { Faults } from './faults.ts'
import type { MirroringOptions } from './transforms.ts'
import type { Underlay } from './underlay.ts'

export type InstanceSpec = {
  alias: string
  crn: string
  plan?: string
  throughput?: string
  storage?: string
}

type Mirroring = {
  from: string
  includes: string[]
  /** Topics shown as active until then. */ before?: { topics: string[]; until: number }
}
type Operation = {
  type: string
  state: 'in progress' | 'succeeded' | 'failed'
  description: string
  updated_at: string | null
}

/** An instance with its operations, and the mirroring it is the target of. */
export class Instance {
  readonly spec: InstanceSpec
  readonly guid: string
  locked = false
  state = 'active'
  throughput: string
  operation: Operation = { type: 'create', state: 'succeeded', description: 'Create succeeded.', updated_at: null }
  mirroring: Mirroring | null = null
  #shown: { operation: Operation; times: number } | null = null

  constructor(spec: InstanceSpec) {
    this.spec = spec
    this.guid = spec.crn.split(':')[7] ?? ''
    this.throughput = spec.throughput ?? '150'
  }

  /** As a look sees it: right after an order, still the operation before. */
  look(): Operation {
    if (this.#shown === null || this.#shown.times <= 0) return this.operation
    this.#shown.times -= 1
    return this.#shown.operation
  }

  begin(stale: number): void {
    this.#shown = { operation: this.operation, times: stale }
    this.operation = {
      type: 'update',
      state: 'in progress',
      description: 'Update in progress.',
      updated_at: null,
    }
  }

  end(state: 'succeeded' | 'failed', description: string): void {
    this.operation = { type: 'update', state, description, updated_at: new Date().toISOString() }
  }
}

/** The instances of an account and what mirrors between them: one truth behind all interfaces. */
export class Mirrorings {
  readonly #instances: Instance[]
  readonly #underlay: Underlay
  readonly #faults: Faults
  #working: Promise<void> = Promise.resolve()
  /** Every order that was taken: for tests. */
  readonly orders: unknown[] = []

  constructor(specs: readonly InstanceSpec[], underlay: Underlay, faults: Faults) {
    this.#instances = specs.map((spec) => new Instance(spec))
    this.#underlay = underlay
    this.#faults = faults
  }

  get all(): readonly Instance[] {
    return this.#instances
  }

  add(spec: InstanceSpec): void {
    this.#instances.push(new Instance(spec))
  }

  find(id: string): Instance | undefined {
    return this.#instances.find(({ spec, guid }) => [spec.crn, guid, spec.alias].includes(id))
  }

  get(id: string): Instance {
    const found = this.find(id)
    if (!found) throw new Error(`there is no instance ${id}`)
    return found
  }

  /** Begins an operation that ends by itself; what it changes is there when it ends. */
  order(target: Instance, change: { enable: Instance; options: MirroringOptions } | 'disable'): void {
    this.orders.push({
      on: target.spec.alias,
      change: change === 'disable' ? 'disable' : `from ${change.enable.spec.alias}`,
      ...(change === 'disable' || Object.keys(change.options).length === 0 ? {} : { options: change.options }),
    })
    const { staleReads, failNext, lieNext, operationMs, hold } = this.#faults
    this.#faults.failNext = null
    this.#faults.lieNext = false
    target.begin(staleReads)
    const act = async () => {
      await new Promise((resolve) => setTimeout(resolve, operationMs))
      await hold
      if (failNext !== null) return target.end('failed', failNext)
      try {
        if (!lieNext)
          await (change === 'disable' ? this.disable(target) : this.enable(change.enable, target, change.options))
        target.end('succeeded', 'Update succeeded.')
      } catch (error) {
        target.end('failed', error instanceof Error ? error.message : String(error))
      }
    }
    this.#working = Promise.all([this.#working, act()]).then(() => undefined)
  }

  async enable(source: Instance, target: Instance, options: MirroringOptions = {}): Promise<void> {
    await this.#underlay.enable(source.spec.alias, target.spec.alias, options)
    target.mirroring = { from: source.spec.alias, includes: [] }
  }

  async disable(target: Instance): Promise<void> {
    if (target.mirroring) await this.#underlay.disable(target.mirroring.from, target.spec.alias)
    target.mirroring = null
  }

  async select(target: Instance, includes: string[]): Promise<void> {
    const { mirroring } = target
    if (!mirroring) return
    const delay = this.#faults.activeDelayMs
    const topics = delay > 0 ? await this.active(target) : []
    await this.#underlay.select(
      mirroring.from,
      target.spec.alias,
      includes.filter((pattern) => pattern !== ''),
    )
    mirroring.includes = includes
    if (delay > 0) mirroring.before = { topics: topics ?? [], until: Date.now() + delay }
  }

  async active(target: Instance): Promise<string[] | null> {
    const { mirroring } = target
    if (!mirroring) return null
    if (mirroring.before && mirroring.before.until > Date.now()) return mirroring.before.topics
    return this.#underlay.active(mirroring.from, target.spec.alias)
  }

  /** All operations are over. */
  settled(): Promise<void> {
    return this.#working
  }
}
