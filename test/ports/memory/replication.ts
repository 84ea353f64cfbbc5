import type { MirroredTo } from '../../../src/contract/evidence.ts'
import type { MemoryCluster } from './cluster.ts'

/** What moves records of one cluster to copies on another, whoever offers it. */
export class Replication {
  readonly source: MemoryCluster
  readonly target: MemoryCluster
  readonly copyOf: (topic: string) => string
  /** Records of aborted and undecided transactions are copied as well. */
  readonly uncommitted: boolean
  /** Each turn ends with the marker of a transaction on the copy, as of exactly-once: offsets there are others. */
  readonly exactlyOnce: boolean
  on = false
  selects: (topic: string) => boolean = () => false
  /** Records at the end of each partition that it is not let see. */
  behind = 0
  /** It copies nothing for now. */
  held = false
  /** Source offset of the last record copied, by topic and partition. */
  readonly #positions = new Map<string, Map<number, number>>()
  /** Where records of the source lie in their copies, as far as it has copied them: [source, copy], in order. */
  readonly #places = new Map<string, [number, number][]>()

  constructor(
    source: MemoryCluster,
    target: MemoryCluster,
    {
      copyOf = (topic) => `${topic}.${source.alias}`,
      uncommitted = false,
      exactlyOnce = true,
    }: { copyOf?: (topic: string) => string; uncommitted?: boolean; exactlyOnce?: boolean } = {},
  ) {
    this.source = source
    this.target = target
    this.copyOf = copyOf
    this.uncommitted = uncommitted
    this.exactlyOnce = exactlyOnce
  }

  /** Topics of the source that it copies: what came from the target is left out, so that nothing loops. */
  get topics(): string[] {
    return this.on ? this.source.names.filter((topic) => this.selects(topic) && !this.#cameFromTarget(topic)) : []
  }

  #cameFromTarget(topic: string): boolean {
    return topic.endsWith(`.${this.target.alias}`)
  }

  positions(topic: string): MirroredTo[] {
    return [...(this.#positions.get(topic) ?? [])].sort(([a], [b]) => a - b)
  }

  set(topic: string, partition: number, offset: number | null): void {
    const offsets = this.#positions.get(topic) ?? new Map<number, number>()
    if (offset === null) offsets.delete(partition)
    else offsets.set(partition, offset)
    this.#positions.set(topic, offsets)
  }

  /** Records of the source that it has not copied yet. */
  lag(topic: string): number {
    return this.source.topic(topic).logs.reduce((sum, log, partition) => {
      const from = (this.#positions.get(topic)?.get(partition) ?? -1) + 1
      return sum + log.read(Math.max(from, log.start), log.highWatermark).length
    }, 0)
  }

  /** Copies what there is, and translates where groups go on. */
  move(): void {
    if (!this.on || this.held || this.source.dark || this.target.dark) return
    for (const topic of this.topics) {
      const copy = this.copyOf(topic)
      const { logs } = this.source.topic(topic)
      if (!this.target.has(copy)) this.target.create(copy, logs.length)
      for (const partition of logs.keys()) this.#copy(topic, copy, partition)
      this.#translate(topic, copy, logs.length)
    }
  }

  #copy(topic: string, copy: string, partition: number): void {
    const log = this.source.log(topic, partition)
    const before = this.#positions.get(topic)?.get(partition)
    // Beyond the log's end it begins at the start, as a consumer does whose offset is out of range.
    const from = before === undefined || before >= log.end ? log.start : Math.max(before + 1, log.start)
    const seen = Math.min(this.uncommitted ? log.highWatermark : log.lastStable, log.end - this.behind)
    const records = log.read(from, seen, this.uncommitted ? 'uncommitted' : 'committed')
    if (records.length === 0) return
    const copied = records.map(({ offset: _offset, ...record }) => record)
    const first = this.#append(copy, partition, copied)
    const places = this.#places.get(`${topic}/${partition}`) ?? []
    const moved = records.map(({ offset }, index): [number, number] => [offset, first + index])
    this.#places.set(`${topic}/${partition}`, [...places, ...moved])
    this.set(topic, partition, records.at(-1)?.offset ?? null)
  }

  #append(copy: string, partition: number, records: Parameters<MemoryCluster['produce']>[1]): number {
    const first = this.target.log(copy, partition).end
    if (!this.exactlyOnce) return this.target.produce(copy, records, partition, this.#name)
    const transaction = this.target.begin(this.#name)
    transaction.send(
      copy,
      partition,
      records.map((one) => (typeof one === 'string' ? {} : one)),
    )
    transaction.commit()
    return first
  }

  get #name(): string {
    return `mirror-${this.source.alias}-${this.target.alias}`
  }

  /** A group that has members there, or is further already, is left. */
  #translate(topic: string, copy: string, partitions: number): void {
    for (const group of this.source.groups.names) {
      if (this.target.groups.isActive(group)) continue
      for (let partition = 0; partition < partitions; partition += 1) {
        const committed = this.source.groups.committed(group, topic, partition)
        if (committed === undefined) continue
        // Behind the copy of the last record before the commit.
        const last = (this.#places.get(`${topic}/${partition}`) ?? []).findLast(([offset]) => offset < committed)
        if (last === undefined) continue
        const there = this.target.groups.committed(group, copy, partition) ?? -1
        if (last[1] + 1 > there) this.target.groups.commit(group, copy, partition, last[1] + 1)
      }
    }
  }
}
