import type { MirroringOptions } from '../../../lab/ibm/transforms.ts'
import type { Underlay } from '../../../lab/ibm/underlay.ts'
import type { MemoryWorld } from './world.ts'

/** Has the stand-in for IBM Cloud mirror between clusters in memory. */
export class MemoryUnderlay implements Underlay {
  world: MemoryWorld | undefined

  /** The world comes after the stand-in, whose addresses stand in its configuration. */
  get #world(): MemoryWorld {
    if (this.world === undefined) throw new Error('there is no world yet')
    return this.world
  }

  async enable(from: string, to: string, _options: MirroringOptions) {
    const replication = this.#world.replication(`${from}->${to}`)
    replication.on = true
    replication.selects = () => false
  }

  async disable(from: string, to: string) {
    this.#world.replication(`${from}->${to}`).on = false
  }

  async select(from: string, to: string, patterns: readonly string[]) {
    const wanted = patterns.map((pattern) => new RegExp(`^(?:${pattern})$`))
    this.#world.replication(`${from}->${to}`).selects = (topic) => wanted.some((pattern) => pattern.test(topic))
    this.#world.goOn()
  }

  async active(from: string, to: string) {
    this.#world.goOn()
    return this.#world.replication(`${from}->${to}`).topics
  }

  async partitions(alias: string, topic: string) {
    const cluster = this.#world.cluster(alias)
    return cluster.has(topic) ? cluster.topic(topic).logs.length : null
  }

  async serves(alias: string) {
    return !this.#world.cluster(alias).dark
  }

  async lag(from: string, to: string) {
    const replication = this.#world.replication(`${from}->${to}`)
    if (replication.source.dark) return null
    this.#world.goOn()
    const { topics } = replication
    const mirrored = topics.flatMap((topic) => replication.positions(topic).map(([, offset]) => offset + 1))
    return {
      behind: new Map(topics.map((topic) => [topic, replication.lag(topic)])),
      mirrored: mirrored.reduce((sum, offsets) => sum + offsets, 0),
    }
  }
}
