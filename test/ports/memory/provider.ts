import type { Finding, MirroredTo } from '../../../src/contract/evidence.ts'
import { nothingSelected, selectionMatcher } from '../../../src/domain/names/selection.ts'
import { precondition, unreachable } from '../../../src/ports/failures.ts'
import type { LatencyWitness, LinkDescription, MirroringPort } from '../../../src/ports/mirroring.ts'
import { judgedSelection } from './judged-selection.ts'
import type { Replication } from './replication.ts'

/**
 * A link as a provider gives it: an order is taken and carried out later, the position is the provider's own, so that it is found
 * by comparing the copies, and nobody can move it.
 */
export class MemoryProvider implements MirroringPort {
  readonly from: string
  readonly to: string
  dark = false
  /** What the provider carries an order out after, ms. */
  changeMs = 0
  /** What the service lacks. */
  lacks: Finding[] = []
  /** Its monitoring has no data. */
  blind = false
  readonly replication: Replication
  readonly #calls: string[]
  readonly #goesOn: (call: string) => void
  readonly #now: () => number
  #selection: string | null = null
  #order: { to: 'on' | 'off'; at: number } | undefined

  constructor(
    replication: Replication,
    around: { calls?: string[]; goesOn?: (call: string) => void; now?: () => number } = {},
  ) {
    this.replication = replication
    this.from = replication.source.alias
    this.to = replication.target.alias
    this.#calls = around.calls ?? []
    this.#goesOn = around.goesOn ?? (() => replication.move())
    this.#now = around.now ?? Date.now
  }

  get name(): string {
    return `${this.from}->${this.to}`
  }

  #called(call: string, signal?: AbortSignal): void {
    signal?.throwIfAborted()
    this.#calls.push(`${this.name}.${call}`)
    if (this.#order && this.#now() - this.#order.at >= this.changeMs) {
      this.become(this.#order.to)
      this.#order = undefined
    }
    this.#goesOn(call)
    if (this.dark) throw unreachable(`The provider's interface for ${this.name} does not answer.`)
  }

  /** A mirroring that was ended selects nothing when it begins again. */
  become(to: 'on' | 'off', selection = nothingSelected): void {
    this.#selection = to === 'on' ? (this.#selection ?? selection) : null
    this.replication.on = to === 'on'
    this.replication.selects = selectionMatcher(this.#selection)
  }

  async describe(signal?: AbortSignal): Promise<LinkDescription> {
    this.#called('describe', signal)
    const topics = this.replication.topics
    const state = this.#order ? 'starting' : this.#selection === null ? 'absent' : 'running'
    return {
      state,
      detail: this.#order ? 'an operation is in progress' : `the instance says that it is ${state}`,
      selection: this.#selection,
      assigned: topics.sort().map((topic) => ({
        topic,
        partitions: [...this.replication.source.topic(topic).logs.keys()],
      })),
      runningTasks: topics.length,
      failedTasks: [],
      obstacles: [],
      copiesAcls: false,
    }
  }

  async mirroredTo(topics: string[], signal?: AbortSignal) {
    this.#called('mirroredTo', signal)
    return Promise.all(
      topics.map(async (topic) => {
        const { offsets, incomparable } = await this.#compared(topic, signal)
        return incomparable.length === 0 ? { topic, offsets } : { topic, offsets, incomparable }
      }),
    )
  }

  async #compared(topic: string, signal?: AbortSignal): Promise<{ offsets: MirroredTo[]; incomparable: number[] }> {
    const { source, target, copyOf } = this.replication
    const copy = copyOf(topic)
    if (!target.has(copy)) return { offsets: [], incomparable: [] }
    const places = [...target.topic(copy).logs.keys()].map((partition) => ({ topic: copy, partition }))
    const lasts = await target.lastRecords(places, signal)
    const marks = lasts.flatMap((last) => (last.found === 'record' ? [{ ...last, topic }] : []))
    const found = await source.findRecords(
      marks.map(({ partition, mark: { timestamp, digest, headers } }) => ({
        topic,
        partition,
        timestamp,
        digest,
        ...(headers === undefined ? {} : { headers }),
      })),
      signal,
    )
    const placed = marks.flatMap(({ partition, mark }, index): MirroredTo[] => {
      const offset = found[index]
      return typeof offset === 'number' && !mark.restamped ? [[partition, offset]] : []
    })
    const known = new Set(placed.map(([partition]) => partition))
    return {
      offsets: placed,
      incomparable: lasts.flatMap(({ found: what, partition }) =>
        what !== 'empty' && what !== 'absent' && !known.has(partition) ? [partition] : [],
      ),
    }
  }

  async setSelection(text: string, expected: string | null, signal?: AbortSignal) {
    this.#called('setSelection', signal)
    const selects = judgedSelection(this.name, text)
    if (this.#selection === null)
      throw precondition(
        `${this.name}: ${this.to} answers that it is no mirroring target, so nothing can be selected. Enable the link first`,
      )
    if (this.#selection !== text && this.#selection !== expected)
      throw precondition(
        `${this.name}: somebody changed the selection on ${this.to}. Expected "${expected ?? '(none)'}", found "${this.#selection}". Nothing was changed: find out who did it, then retry`,
      )
    this.#selection = text
    this.replication.selects = selects
  }

  #ordered(to: 'on' | 'off'): void {
    const is = this.#selection === null ? 'off' : 'on'
    if (this.#order === undefined && is !== to) this.#order = { to, at: this.#now() }
  }

  async enable(signal?: AbortSignal) {
    this.#called('enable', signal)
    this.#ordered('on')
  }

  async disable(signal?: AbortSignal) {
    this.#called('disable', signal)
    this.#ordered('off')
  }

  async probeDisabled(signal?: AbortSignal) {
    this.#called('probeDisabled', signal)
    const disabled = this.#selection === null && this.#order === undefined
    return { disabled, detail: `${this.name} is ${disabled ? '' : 'not '}disabled` }
  }

  async witness(topics: string[], signal?: AbortSignal): Promise<LatencyWitness> {
    this.#called('witness', signal)
    const compared = await Promise.all(topics.map((topic) => this.#compared(topic, signal)))
    return {
      incomparable: topics.flatMap((topic, index) => {
        const partitions = compared[index]?.incomparable ?? []
        return partitions.length === 0 ? [] : [{ topic, partitions }]
      }),
      latency: topics.map((topic) => ({ topic, seconds: this.blind ? null : 0, samples: this.blind ? 0 : 10 })),
      bytesPerSecond: this.blind ? null : 0,
      maxSeconds: 5,
      minSamples: 3,
      windowSeconds: 60,
    }
  }

  async findings(signal?: AbortSignal) {
    this.#called('findings', signal)
    return this.lacks
  }

  async setPosition(): Promise<void> {
    throw precondition(
      `${this.name}: the provider keeps the mirroring's position to itself, so it cannot be moved. Records that were settled are mirrored as well once the link is enabled`,
    )
  }
}
