import type { MirroredTo, RememberedCopy, TopicId } from '../../src/contract/evidence.ts'
import type { ClusterPort, StoredRecord } from '../../src/ports/cluster.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'

/** One offset of a log: a record, or a marker that ends a transaction. */
interface Entry {
  offset: number
  name: string
  key: string | null
  kind: 'data' | 'aborted' | 'open' | 'marker'
}

/** A partition's log, as its broker keeps it: what is removed leaves its offset empty. */
class Log {
  id = 'one'
  start = 0
  end = 0
  entries: Entry[] = []
  restamped = false
  compacts = false

  append(kind: Entry['kind'], name: string, key: string | null): void {
    this.entries.push({ offset: this.end++, name, key, kind })
  }

  /** Nothing behind the first undecided record can be counted on. */
  get stable(): number {
    return this.entries.find(({ kind }) => kind === 'open')?.offset ?? this.end
  }

  committed(from: number, to: number): Entry[] {
    return this.entries.filter(({ offset, kind }) => kind === 'data' && offset >= from && offset < to)
  }

  recreate(): void {
    Object.assign(this, { id: `${this.id}+`, start: 0, end: 0, entries: [] })
  }

  truncate(end: number): void {
    this.entries = this.entries.filter(({ offset }) => offset < end)
    this.end = end
  }

  removeBefore(start: number): void {
    this.start = Math.max(this.start, start)
    this.entries = this.entries.filter(({ offset }) => offset >= this.start)
  }

  compact(): void {
    this.compacts = true
    const last = new Map(this.committed(0, this.end).map(({ key, offset }) => [key, offset]))
    this.entries = this.entries.filter(({ kind, key, offset }) => kind !== 'data' || last.get(key) === offset)
  }
}

/** A source, its copy, and a link that mirrors the one into the other: what people and machines do to them, and what is read. */
export class MirroredLog {
  readonly source = new Log()
  readonly copy = new Log()
  /** Writes positions with the records, and a marker of its own behind each batch. */
  exactlyOnce = false
  position: number | undefined
  sample: { knownIds: TopicId[]; knownCopies: RememberedCopy[] } | undefined
  #next = 0
  #copied: number | undefined
  #names = 0

  produce(count: number): void {
    for (let n = 0; n < count; n++) this.source.append('data', `r${this.#names++}`, `k${this.#names % 3}`)
  }

  begin(count: number): void {
    for (let n = 0; n < count; n++) this.source.append('open', `r${this.#names++}`, `k${this.#names % 3}`)
  }

  /** Ends what is undecided, if anything is. */
  decide(commit: boolean): void {
    const open = this.source.entries.filter(({ kind }) => kind === 'open')
    if (open.length === 0) return
    for (const entry of open) entry.kind = commit ? 'data' : 'aborted'
    this.source.append('marker', '', null)
  }

  /** Ends a transaction that wrote nothing here. */
  endEmpty(): void {
    this.source.append('marker', '', null)
  }

  mirror(count: number): void {
    this.#next = Math.max(this.#next, this.source.start)
    const batch = this.source.committed(this.#next, this.source.stable).slice(0, count)
    for (const { name, key, offset } of batch) {
      this.copy.append('data', name, key)
      this.#next = offset + 1
      this.#copied = offset
    }
    if (this.exactlyOnce && batch.length > 0) {
      this.copy.append('marker', '', null)
      this.flush()
    }
  }

  flush(): void {
    if (this.#copied !== undefined) this.position = this.#copied
  }

  /** At least once: it goes on behind the position. */
  restart(): void {
    this.#next = (this.position ?? -1) + 1
    this.#copied = this.position
  }

  move(position: number): void {
    this.position = position
    this.restart()
  }

  /**
   * What the copy lacks of what the source holds, those left out that the copy held and has removed itself: by retention, or, where
   * it is compacted, for a newer record of the key.
   */
  missing(held: ReadonlySet<string>): Entry[] {
    const now = new Set(this.copy.entries.map(({ name }) => name))
    const present = this.source.committed(0, this.source.end).filter(({ name }) => now.has(name))
    return this.source
      .committed(0, this.source.end)
      .filter(({ name }) => !now.has(name) && !(held.has(name) && this.copy.start > 0))
      .filter(
        ({ key, offset }) =>
          !this.copy.compacts || !present.some((other) => other.key === key && other.offset > offset),
      )
  }

  /** After a restart: what comes next is in the copy already, and the copy's last record is an old one until that has come. */
  get copiesAgain(): boolean {
    const now = new Set(this.copy.entries.map(({ name }) => name))
    return this.source.committed(this.#next, this.source.end).some(({ name }) => now.has(name))
  }

  /** Can the copy tell how far it reaches? Its last record is there, with its own time stamp, and on the source as well. */
  get comparable(): boolean {
    const last = this.copy.committed(0, this.copy.stable).at(-1)
    return (
      !this.copy.restamped &&
      last !== undefined &&
      this.source.committed(0, this.source.end).some(({ name }) => name === last.name)
    )
  }
}

const stamp = (name: string): number => Number(name.slice(1))

function stored({ offset, name, key }: Entry): StoredRecord {
  return { offset, timestamp: stamp(name), key: key === null ? null : Buffer.from(key), value: Buffer.from(name), headers: [] } // prettier-ignore
}

/** As much of a cluster as a certificate reads. `committed`: by the one group that reads it. */
export function clusterOf(name: string, log: Log, committed?: number): ClusterPort {
  const cluster: Partial<ClusterPort> = {
    describeTopics: async () => [{ topic: name, topicId: log.id, partitions: 1, offline: [] }],
    ends: async () => [{ topic: name, topicId: log.id, partitions: [[0, log.start, log.end, log.stable]] }],
    scan: async (_topic, _partition, from, to) => ({
      records: log.committed(from, Math.min(to, log.stable)).length,
      controlMarkers: log.entries.filter(
        ({ offset, kind }) => kind === 'marker' && offset >= from && offset < Math.min(to, log.stable),
      ).length,
      bytes: 0,
      complete: to <= log.stable,
    }),
    digestRange: async (_place, { from, to }) => {
      const records = log.committed(from, to)
      const sum = records.reduce((total, record) => total + BigInt(stamp(record.name) * 7_919 + 1), 0n)
      return { records: records.length, digest: sum.toString(16).padStart(32, '0'), complete: to <= log.stable }
    },
    readRecords: async (_topic, _partition, from, to) => ({ records: log.committed(from, to).map(stored), next: to }),
    lastRecords: async (places) =>
      places.map((place) => {
        const last = log.committed(0, log.stable).at(-1)
        if (last === undefined) return { ...place, found: log.start === log.end ? 'empty' : 'no-record' }
        const mark = { offset: last.offset, timestamp: stamp(last.name), digest: last.name }
        return { ...place, found: 'record', mark: log.restamped ? { ...mark, restamped: true as const } : mark }
      }),
    findRecords: async (wanted) =>
      wanted.map(({ digest }) => log.entries.find(({ name: found }) => found === digest)?.offset ?? null),
    groupOffsets: async (groups) =>
      committed === undefined
        ? []
        : groups.map((group) => ({ group, topics: [{ topic: name, offsets: [[0, committed]] }] })),
    openTransactions: async () => [],
    compacted: async () => (log.compacts ? [name] : []),
  }
  return cluster as ClusterPort
}

export function linkOf(log: MirroredLog, topic: string): MirroringPort {
  const link: Partial<MirroringPort> = {
    describe: async () => ({
      state: 'running',
      detail: '',
      selection: topic,
      assigned: [{ topic, partitions: [0] }],
      runningTasks: 1,
      failedTasks: [],
      obstacles: [],
      copiesAcls: false,
    }),
    mirroredTo: async () => [
      { topic, offsets: log.position === undefined ? [] : ([[0, log.position]] satisfies MirroredTo[]) },
    ],
  }
  return link as MirroringPort
}
