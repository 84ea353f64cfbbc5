import { MemoryLink } from '../../../test/activities/memory-ports.ts'
import type { RegionCluster } from './memory-cluster.ts'
import { PARTITIONS, TOPIC } from './names.ts'

export const assignedAll = { topic: TOPIC, partitions: Array.from({ length: PARTITIONS }, (_, partition) => partition) }

/** Mirrors at once whatever is written, unless it is held up. */
export class RegionLink extends MemoryLink {
  readonly #source: RegionCluster
  readonly #target: RegionCluster
  /** So many records of each partition are not mirrored. */
  behind = 0
  /** An order to stop is under way and comes to no end. */
  stopping = false
  /** Copies do not appear. */
  withholds = false

  constructor(source: RegionCluster, target: RegionCluster) {
    super(source.alias, target.alias)
    this.#source = source
    this.#target = target
  }

  override async describe() {
    this.#copy()
    return super.describe()
  }

  override async mirroredTo(topics: string[]) {
    this.#copy()
    return topics.map((topic) => ({ topic, offsets: this.#mirrored(topic) }))
  }

  override async setSelection(text: string) {
    this.calls.length = 0
    this.description.selection = text
    this.description.assigned = text.includes('accounting') ? [assignedAll] : []
  }

  override async enable() {
    this.description = { ...this.description, state: 'running', runningTasks: 1 }
    this.description.selection ??= ''
  }

  override async disable() {
    const state = this.stopping ? 'starting' : 'stopped'
    this.description = { ...this.description, state, runningTasks: 0, assigned: [] }
  }

  #mirrored(topic: string) {
    const rows = this.#source.topics.get(topic)?.partitions ?? []
    return rows.map(([partition, , end]): [number, number] => [partition, end - 1 - this.behind])
  }

  /** The copies, as long as the topic is assigned. */
  #copy(): void {
    const local = this.#source.topics.get(TOPIC)
    if (local === undefined || this.withholds || this.description.assigned.length === 0) return
    this.#target.withTopic(`${TOPIC}.${this.from}`, structuredClone(local.partitions))
  }
}
