import type { MemoryApplication } from './application.ts'
import type { MemoryCluster } from './cluster.ts'

const intruderPerSecond = 20

/** What running applications write and read, by the clock: as much as the time since the last look allows, whenever that is. */
export class Traffic {
  /** Records that each producer writes a second, over its topics; 0: it only stands by. */
  perSecond = 0
  /** Consumers that are members of their group and read nothing. */
  readonly stuck = new Set<string>()
  /** Who writes to a topic of a cluster whatever anybody does, by the transactional id. */
  readonly intruders = new Map<string, { cluster: string; topic: string }>()
  readonly #clusters: ReadonlyMap<string, MemoryCluster>
  readonly #applications: readonly MemoryApplication[]
  readonly #now: () => number
  readonly #wroteAt = new Map<string, number>()
  #written = 0

  constructor(
    clusters: ReadonlyMap<string, MemoryCluster>,
    applications: readonly MemoryApplication[],
    now: () => number,
  ) {
    this.#clusters = clusters
    this.#applications = applications
    this.#now = now
  }

  goOn(): void {
    for (const [id, { cluster: alias, topic }] of this.intruders) {
      const cluster = this.#clusters.get(alias)
      const records = this.#due(`${id} ${alias}`, intruderPerSecond)
      if (cluster === undefined || cluster.dark || records === 0) continue
      const transaction = cluster.begin(id)
      transaction.send(
        topic,
        0,
        Array.from({ length: records }, () => ({ value: Buffer.from(id) })),
      )
      transaction.commit()
    }
    for (const application of this.#applications) {
      const { kind } = application.traits
      for (const cluster of this.#clusters.values()) {
        const here = application.now.state === 'running' && application.now.cluster === cluster.alias
        if (kind === 'consumer') this.#consume(application, cluster, here)
        else if (here) this.#produce(application, cluster)
      }
    }
  }

  /** Records that are due since the last time some were. */
  #due(writer: string, perSecond: number): number {
    const at = this.#now()
    const since = this.#wroteAt.get(writer)
    const records = since === undefined ? 0 : Math.floor(((at - since) * perSecond) / 1_000)
    if (records > 0 || since === undefined) this.#wroteAt.set(writer, at)
    return records
  }

  #produce({ name, traits, now }: MemoryApplication, cluster: MemoryCluster): void {
    const records = this.#due(`${name} ${cluster.alias}`, this.perSecond)
    if (cluster.dark) return
    const { principal } = traits
    for (const topic of now.topics ?? traits.topics) {
      if (!cluster.has(topic) || (principal !== undefined && !cluster.may(principal, 'Write', topic))) continue
      for (let record = 0; record < records; record += 1) {
        this.#written += 1
        const partitions = cluster.topic(topic).logs.length
        cluster.produce(topic, [`${name} ${this.#written}`], this.#written % partitions, name)
      }
    }
  }

  #consume({ name, traits, now }: MemoryApplication, cluster: MemoryCluster, here: boolean): void {
    const { group, principal } = traits
    if (group === undefined || cluster.dark) return
    if (!here) return cluster.groups.leave(group, name)
    cluster.groups.join(group, name)
    if (this.stuck.has(name)) return
    for (const topic of now.topics ?? traits.topics) {
      if (!cluster.has(topic) || (principal !== undefined && !cluster.may(principal, 'Read', topic))) continue
      for (const [partition, log] of cluster.topic(topic).logs.entries()) {
        const before = cluster.groups.committed(group, topic, partition) ?? log.start
        // Behind the last record: markers at the end of a log are not committed past.
        cluster.groups.commit(group, topic, partition, Math.max(before, (log.last()?.offset ?? -1) + 1))
      }
    }
  }
}
