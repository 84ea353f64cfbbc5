import type { MirroredTo, PositionChange } from '../../../src/contract/evidence.ts'
import { nothingSelected, selectionEntries, selectionMatcher } from '../../../src/domain/names/selection.ts'
import { precondition, unreachable } from '../../../src/ports/failures.ts'
import type { LinkDescription, LinkState, MirroringPort } from '../../../src/ports/mirroring.ts'
import { judgedSelection } from './judged-selection.ts'
import type { Replication } from './replication.ts'

/** So often positions are written where they do not go with the records, ms: Connect's default. */
const flushEvery = 60_000

/**
 * A link as MirrorMaker 2 gives it: it obeys at once, keeps its position for others to read and to move, and translates groups.
 * `test/ports/mirroring-contract.ts` holds it to what real connectors do.
 */
export class MemoryMirroring implements MirroringPort {
  readonly from: string
  readonly to: string
  /** Its Connect does not answer. */
  dark = false
  state: LinkState
  /** What it selects; null: there is no connector. */
  selection: string | null = null
  obstacles: string[] = []
  copiesAcls = false
  /** What switchback.yaml has no settings for cannot be created. */
  creatable = true
  /** So many orders to stop are taken and come to nothing. */
  ordersLost = 0
  readonly replication: Replication
  readonly #calls: string[]
  readonly #goesOn: (call: string) => void
  readonly #now: () => number
  /** Positions as they were written last, of a link that does not write them with the records. */
  #written = new Map<string, MirroredTo[]>()
  #writtenAt: number

  constructor(
    replication: Replication,
    around: { calls?: string[]; goesOn?: (call: string) => void; now?: () => number; state?: LinkState } = {},
  ) {
    this.replication = replication
    this.from = replication.source.alias
    this.to = replication.target.alias
    this.state = around.state ?? 'absent'
    this.#calls = around.calls ?? []
    this.#goesOn = around.goesOn ?? (() => replication.move())
    this.#now = around.now ?? Date.now
    this.#writtenAt = this.#now()
  }

  get name(): string {
    return `${this.from}->${this.to}`
  }

  #called(call: string, signal?: AbortSignal): void {
    signal?.throwIfAborted()
    this.#calls.push(`${this.name}.${call}`)
    this.#goesOn(call)
    if (this.dark) throw unreachable(`Connect of ${this.name} does not answer.`)
  }

  /** As somebody does who changes it behind everybody's back. */
  become(state: LinkState, selection: string | null = this.selection): void {
    if (state === 'stopped') this.#write()
    this.state = state
    this.selection = selection
    this.replication.on = state === 'running'
    this.replication.selects = selectionMatcher(selection)
  }

  #write(): void {
    this.#written = new Map(this.replication.source.names.map((topic) => [topic, this.replication.positions(topic)]))
    this.#writtenAt = this.#now()
  }

  async describe(signal?: AbortSignal): Promise<LinkDescription> {
    this.#called('describe', signal)
    const { state, selection, copiesAcls } = this
    const topics = this.replication.topics
    const connector = `${this.from}-${this.to}-source`
    return {
      state,
      detail: state === 'absent' ? `${connector}: absent` : `${connector} ${state.toUpperCase()}`,
      selection,
      assigned: topics.sort().map((topic) => ({
        topic,
        partitions: [...this.replication.source.topic(topic).logs.keys()],
      })),
      runningTasks: topics.length > 0 ? 1 : 0,
      failedTasks: [],
      obstacles: [...this.obstacles],
      copiesAcls,
      ...(state === 'absent'
        ? { creatable: this.creatable }
        : {
            settings: {
              'source.source.consumer.isolation.level': this.replication.uncommitted
                ? 'read_uncommitted'
                : 'read_committed',
            },
            wantedSettings: {},
          }),
    }
  }

  async mirroredTo(topics: string[], signal?: AbortSignal) {
    this.#called('mirroredTo', signal)
    if (this.state === 'absent')
      throw precondition(
        `${this.name}: connector ${this.from}-${this.to}-source does not exist, so its positions cannot be read. They are kept under its name: create it again, stopped, to read them`,
      )
    if (this.#now() - this.#writtenAt >= flushEvery) this.#write()
    return topics.map((topic) => ({
      topic,
      offsets: this.replication.exactlyOnce ? this.replication.positions(topic) : [...(this.#written.get(topic) ?? [])],
    }))
  }

  async setSelection(text: string, expected: string | null, signal?: AbortSignal) {
    this.#called('setSelection', signal)
    judgedSelection(this.name, text)
    if (this.selection === null)
      throw precondition(
        `${this.name}: the connector does not exist, so nothing can be selected. Enable the link first`,
      )
    if (this.selection !== text && this.selection !== expected)
      throw precondition(
        `${this.name}: somebody changed the selection. Expected "${expected ?? '(none)'}", found "${this.selection}". Nothing was changed: find out who did it, then retry`,
      )
    this.become(this.state, selectionEntries(text).length === 0 ? nothingSelected : text)
  }

  async enable(signal?: AbortSignal) {
    this.#called('enable', signal)
    this.become('running', this.selection ?? nothingSelected)
  }

  async disable(signal?: AbortSignal) {
    this.#called('disable', signal)
    if (this.state === 'absent') return
    this.ordersLost -= 1
    if (this.ordersLost < 0) this.become('stopped')
  }

  async probeDisabled(signal?: AbortSignal) {
    this.#called('probeDisabled', signal)
    const disabled = this.state === 'stopped' || this.state === 'absent'
    return { disabled, detail: `${this.name} is ${disabled ? '' : 'not '}disabled: ${this.state}` }
  }

  async flush(signal?: AbortSignal) {
    this.#called('flush', signal)
    if (this.state !== 'running' || this.replication.exactlyOnce) return false
    this.#write()
    return this.replication.topics.length > 0
  }

  async setPosition(positions: { topic: string; offsets: PositionChange[] }[], signal?: AbortSignal) {
    this.#called('setPosition', signal)
    const all = positions.flatMap(({ topic, offsets }) => offsets.map(([partition, to]) => ({ topic, partition, to })))
    const bad = all.find(({ partition, to }) => partition < 0 || (to !== null && (!Number.isSafeInteger(to) || to < 0)))
    if (bad)
      throw precondition(
        `${this.name}: ${bad.to} is no offset of a record (${bad.topic}-${bad.partition}). No position was moved`,
      )
    if (this.state !== 'stopped')
      throw precondition(
        `${this.name}: positions are moved only while the link is stopped without tasks, but it is ${this.state}. Disable the link first`,
      )
    for (const { topic, partition, to } of all) this.replication.set(topic, partition, to)
    this.#write()
  }
}
