import type { ApplicationPort, ApplicationState, ApplicationTarget } from '../../../src/ports/applications.ts'
import { notYet, precondition, unreachable } from '../../../src/ports/failures.ts'

export interface ApplicationTraits {
  name: string
  kind: 'producer' | 'consumer'
  topics: string[]
  principal?: string
  group?: string
  /** It can be brought up before it is started. */
  prepares?: true
}

/**
 * An application that does what it is asked, and whose probe tells. What it writes and reads is `traffic.ts`'s. Orders of the same
 * key are carried out once.
 */
export class MemoryApplication implements ApplicationPort {
  readonly adapter = 'command'
  readonly traits: ApplicationTraits
  now: ApplicationState
  /** Its control does not answer. */
  dark = false
  /** Its probe cannot tell. */
  blind = false
  /** Where it was brought up without being started. */
  readonly prepared = new Set<string>()
  readonly prepare?: NonNullable<ApplicationPort['prepare']>
  readonly discard?: NonNullable<ApplicationPort['discard']>
  readonly #calls: string[]
  readonly #changed: (call: string) => void

  constructor(
    traits: ApplicationTraits,
    state: ApplicationState,
    { calls = [], changed = () => undefined }: { calls?: string[]; changed?: (call: string) => void } = {},
  ) {
    this.traits = traits
    this.now = state
    this.#calls = calls
    this.#changed = changed
    if (!traits.prepares) return
    this.prepare = (target, _key, signal) => this.#prepared(target.cluster, signal)
    this.discard = (cluster, _key, signal) => this.#discarded(cluster, signal)
  }

  get name(): string {
    return this.traits.name
  }

  #called(call: string, signal?: AbortSignal): void {
    signal?.throwIfAborted()
    this.#calls.push(`${this.name}.${call}`)
    if (this.dark) throw unreachable(`The control of ${this.name} does not answer.`)
  }

  #probe(): ApplicationState {
    return this.blind ? { state: 'unknown', detail: 'the probe cannot tell' } : structuredClone(this.now)
  }

  async state(signal?: AbortSignal) {
    this.#called('state', signal)
    return this.#probe()
  }

  async stop(_key: string, signal?: AbortSignal) {
    this.#called('stop', signal)
    if (this.#probe().state !== 'stopped') {
      this.now = { state: 'stopped' }
      this.#changed(`stop ${this.name}`)
    }
    return this.#probe()
  }

  async start({ cluster, topics, phase, answeredFor }: ApplicationTarget, _key: string, signal?: AbortSignal) {
    this.#called('start', signal)
    const before = this.#probe()
    const same = (words: readonly string[]) =>
      words.length === topics.length && topics.every((topic) => words.includes(topic))
    if (before.state === 'running' && before.cluster === cluster && same(before.topics ?? topics)) return before
    if (before.state === 'unknown' && !answeredFor)
      throw notYet(
        `${this.name} was not started on ${cluster}: its probe cannot tell whether it runs (${before.detail ?? ''}), and two of them would do harm. Find out, and make the probe tell.`,
      )
    if (before.state === 'running' && before.cluster !== undefined && before.cluster !== cluster)
      throw precondition(
        `${this.name} was not started on ${cluster}: it runs on ${before.cluster}. Stop it there first, then decide retry.`,
      )
    this.now = { state: 'running', cluster, topics: [...topics] }
    this.prepared.delete(cluster)
    this.#changed(`start ${this.name} on ${cluster} ${phase}`)
    return this.#probe()
  }

  async #prepared(cluster: string, signal?: AbortSignal) {
    this.#called('prepare', signal)
    this.prepared.add(cluster)
    this.#changed(`prepare ${this.name} on ${cluster}`)
  }

  async #discarded(cluster: string, signal?: AbortSignal) {
    this.#called('discard', signal)
    if (this.prepared.delete(cluster)) this.#changed(`discard ${this.name} on ${cluster}`)
  }

  instruction(action: 'stop' | 'start', target?: ApplicationTarget) {
    const where = target === undefined ? '' : ` on cluster ${target.cluster}`
    const topics = target?.topics ?? this.traits.topics
    return `${action === 'stop' ? 'Stop' : 'Start'} ${this.name}${where}: topics ${topics.join(', ')}.`
  }
}
