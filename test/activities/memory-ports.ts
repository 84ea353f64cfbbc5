import { ApplicationFailure } from '@temporalio/common'
import type { AclEntry } from '../../src/contract/dossier.ts'
import type {
  GroupOffsets,
  MirroredTo,
  OpenTransaction,
  PartitionEnds,
  PositionChange,
  TopicId,
} from '../../src/contract/evidence.ts'
import type { ApplicationPort, ApplicationState } from '../../src/ports/applications.ts'
import type {
  ActiveProducer,
  AccessCheck,
  ClusterPort,
  CopyProgress,
  FoundRecord,
  GroupState,
  KeyedRecord,
  LastRecord,
  NewTopic,
  Place,
  RangeDigest,
  RangeScan,
  RecordCopy,
  RecordMark,
  StoredRecord,
  UncommittedRange,
  UncommittedScan,
  WantedRecord,
} from '../../src/ports/cluster.ts'
import { configurationFault, unreachable } from '../../src/ports/failures.ts'
import type { LinkDescription, MirroringPort } from '../../src/ports/mirroring.ts'
import type { Ports } from '../../src/ports/ports.ts'
import type { SchemaRegistryPort } from '../../src/ports/schema-registry.ts'
import type { TicketDeskPort } from '../../src/ports/tickets.ts'

/** A cluster as a record of facts that a test may change while it is looked at. */
export class MemoryCluster implements ClusterPort {
  readonly alias: string
  dark = false
  authorizer = true
  openWithoutAcl: boolean | null = false
  topics = new Map<string, { topicId: string; partitions: PartitionEnds[] }>()
  offline = new Map<string, number[]>()
  groups = new Map<string, GroupState>()
  committed: GroupOffsets[] = []
  /** Producers with an id, by topic. */
  writers = new Map<string, ActiveProducer[]>()
  transactions = new Map<number, string>()
  entries: AclEntry[] = []
  /** Of a broker that has not applied the same changes; null: all list the same. */
  entriesOfAnother: AclEntry[] | null = null
  undecided: OpenTransaction[] = []
  denied = new Map<string, string[]>()
  /** Offsets that hold data; everything else in a log is control markers. */
  data: (topic: string, partition: number, offset: number) => boolean = () => true
  /** Every call in order, of this cluster and of links that share the list. */
  calls: string[]
  onEnds: () => void = () => undefined
  /** Records of each partition that its leader has taken and that are not replicated. */
  ahead = 0
  /** By which partitions have their leader, as `access` tells it. */
  leader = 1
  /** Replicas, where they are told. */
  replicas = new Map<string, number>()
  /** Settings of topics. */
  settings = new Map<string, Record<string, string>>()
  /** Logs of topics of our own. */
  keyed = new Map<string, KeyedRecord[]>()

  constructor(alias: string, calls: string[] = []) {
    this.alias = alias
    this.calls = calls
  }

  withTopic(topic: string, partitions: PartitionEnds[], topicId = `id-${this.alias}-${topic}`): this {
    this.topics.set(topic, { topicId, partitions })
    return this
  }

  #called(name: string): void {
    this.calls.push(`${this.alias}.${name}`)
    if (this.dark) throw unreachable(`No broker of ${this.alias} answers.`)
  }

  async describe() {
    this.#called('describe')
    return { clusterId: this.alias, brokers: 1, authorizer: this.authorizer }
  }

  async rights() {
    this.#called('rights')
    return { user: 'us', clusterId: this.alias, cluster: [], topics: [] }
  }

  async describeTopics(topics: string[]) {
    this.#called('describeTopics')
    return topics.flatMap((topic) => {
      const found = this.topics.get(topic)
      if (found === undefined) return []
      const { topicId, partitions } = found
      const replicas = this.replicas.get(topic)
      const told = replicas === undefined ? {} : { replicas }
      return [{ topic, topicId, partitions: partitions.length, offline: this.offline.get(topic) ?? [], ...told }]
    })
  }

  async listTopics() {
    this.#called('listTopics')
    return [...this.topics.keys()]
  }

  async ends(topics: string[]) {
    this.onEnds()
    this.#called('ends')
    return topics.flatMap((topic) => {
      const found = this.topics.get(topic)
      return found === undefined
        ? []
        : [{ topic, topicId: found.topicId, partitions: structuredClone(found.partitions) }]
    })
  }

  async scan(topic: string, partition: number, from: number, to: number): Promise<RangeScan> {
    this.#called('scan')
    return this.#count(topic, partition, from, to)
  }

  #count(topic: string, partition: number, from: number, to: number): RangeScan {
    const offsets = Array.from({ length: to - from }, (_, index) => from + index)
    const records = offsets.filter((offset) => this.data(topic, partition, offset)).length
    return { records, controlMarkers: offsets.length - records, bytes: records * 10, complete: true }
  }

  /** Records of transactions that were aborted or are open, by `topic/partition`. */
  uncommitted = new Map<string, Pick<UncommittedScan, 'aborted' | 'open'>>()

  async scanUncommitted(topic: string, partition: number, from: number, to: number): Promise<UncommittedScan> {
    this.#called('scanUncommitted')
    const { aborted = [], open = [] } = this.uncommitted.get(`${topic}/${partition}`) ?? {}
    const within = (ranges: UncommittedRange[]) => ranges.filter((range) => range[0] >= from && range[1] <= to)
    return { aborted: within(aborted), open: within(open), complete: true }
  }

  /** What lies in the log, by `topic/partition`; only what copies read and write. */
  logs = new Map<string, StoredRecord[]>()
  copies = new Map<string, CopyProgress[]>()

  async readRecords(topic: string, partition: number, from: number, to: number) {
    this.#called('readRecords')
    const log = this.logs.get(`${topic}/${partition}`) ?? []
    return { records: log.filter(({ offset }) => offset >= from && offset < to), next: to }
  }

  async openCopy(id: string): Promise<RecordCopy> {
    this.#called('openCopy')
    const progress = (): CopyProgress[] => this.copies.get(id) ?? []
    return {
      get progress() {
        return progress()
      },
      append: async (parts) => {
        this.#called('append')
        const rows = parts.map(({ topic, partition, records, next }) => {
          const log = this.logs.get(`${topic}/${partition}`) ?? []
          const before = progress().find((row) => row.topic === topic && row.partition === partition)
          const end = (log.at(-1)?.offset ?? -1) + 1
          const written = records.map((record, index) => ({ ...record, offset: end + index }))
          this.logs.set(`${topic}/${partition}`, [...log, ...written])
          const first = before !== undefined && before.first >= 0 ? before.first : (written[0]?.offset ?? -1)
          const last = written.at(-1)?.offset ?? before?.last ?? -1
          return { topic, partition, next, records: (before?.records ?? 0) + records.length, first, last }
        })
        const others = progress().filter(
          (old) => !rows.some((row) => row.topic === old.topic && row.partition === old.partition),
        )
        this.copies.set(id, [...others, ...rows])
        return rows
      },
    }
  }

  async copyProgress(id: string) {
    this.#called('copyProgress')
    return this.copies.get(id) ?? []
  }

  compactedTopics = new Set<string>()

  async compacted(topics: string[]) {
    this.#called('compacted')
    return topics.filter((topic) => this.compactedTopics.has(topic))
  }

  async producers(topics: string[]) {
    this.#called('producers')
    return topics
      .filter((topic) => this.topics.has(topic))
      .map((topic) => ({ topic, producers: structuredClone(this.writers.get(topic) ?? []) }))
  }

  async transactionalIds(producerIds: number[]) {
    this.#called('transactionalIds')
    return [...this.transactions].filter(([id]) => producerIds.includes(id))
  }

  async openTransactions(partitions: { topic: string; partition: number }[]) {
    this.#called('openTransactions')
    return this.undecided.filter((open) =>
      open.partitions.some(([t, p]) => partitions.some(({ topic, partition }) => t === topic && p === partition)),
    )
  }

  /** Of a copy here: the source's offset of its last record; -1: it holds none. Undefined: no copy, or a log for itself. */
  copied: (topic: string, partition: number) => number | undefined = () => undefined

  async lastRecord(topic: string, partition: number): Promise<RecordMark | null> {
    this.#called('lastRecord')
    const copied = this.copied(topic, partition)
    if (copied !== undefined && copied < 0) return null
    const end = this.topics.get(topic)?.partitions.find(([number]) => number === partition)?.[3] ?? 0
    const stamp = copied ?? end - 1
    return end === 0 ? null : { offset: end - 1, timestamp: stamp, digest: `${partition}/${stamp}` }
  }

  /** A record's time is its offset on the source. */
  async findRecord(topic: string, partition: number, { timestamp }: { timestamp: number }): Promise<number | null> {
    this.#called('findRecord')
    const start = this.topics.get(topic)?.partitions.find(([number]) => number === partition)?.[1] ?? 0
    return timestamp >= start ? timestamp : null
  }

  async lastRecords(places: Place[]): Promise<LastRecord[]> {
    const found = await Promise.all(places.map(({ topic, partition }) => this.lastRecord(topic, partition)))
    return places.map((place, index) => {
      const mark = found[index]
      if (!this.topics.has(place.topic)) return { ...place, found: 'absent' }
      return mark ? { ...place, found: 'record', mark } : { ...place, found: 'empty' }
    })
  }

  async findRecords(wanted: WantedRecord[]): Promise<FoundRecord[]> {
    return Promise.all(wanted.map((mark) => this.findRecord(mark.topic, mark.partition, mark)))
  }

  async logEnds(topics: string[]) {
    this.#called('logEnds')
    return topics.flatMap((topic) => {
      const found = this.topics.get(topic)?.partitions ?? []
      const offsets = found.map(([partition, , end]): [number, number] => [partition, end + this.ahead])
      return found.length === 0 ? [] : [{ topic, offsets }]
    })
  }

  /** As `data` has it: their number stands for the records. What the records are, `logs` tells. */
  async digestRange({ topic, partition }: Place, { from, to }: { from: number; to: number }): Promise<RangeDigest> {
    this.#called('digestRange')
    const { records } = this.#count(topic, partition, from, to)
    return { records, digest: records.toString(16).padStart(32, '0'), complete: true }
  }

  async groupStates(groups: string[]) {
    this.#called('groupStates')
    return groups.map(
      (group): GroupState => this.groups.get(group) ?? { group, state: 'absent', protocol: 'unknown', members: [] },
    )
  }

  async groupOffsets(groups: string[], topics?: string[]) {
    this.#called('groupOffsets')
    return groups.map((group) => ({
      group,
      topics: this.committed
        .filter((entry) => entry.group === group)
        .flatMap((entry) => entry.topics)
        .filter(({ topic }) => topics === undefined || topics.includes(topic)),
    }))
  }

  async setGroupOffsets(offsets: GroupOffsets) {
    this.#called('setGroupOffsets')
    this.committed = [...this.committed.filter(({ group }) => group !== offsets.group), offsets]
  }

  async deleteGroup(group: string) {
    this.#called('deleteGroup')
    this.groups.delete(group)
  }

  async acls() {
    this.#called('acls')
    return this.entriesOfAnother === null ? [this.entries] : [this.entries, this.entriesOfAnother]
  }

  async allowsWithoutAcl() {
    this.#called('allowsWithoutAcl')
    return this.openWithoutAcl
  }

  async createAcls(acls: AclEntry[]) {
    this.#called('createAcls')
    this.entries = [...this.entries, ...acls]
  }

  async deleteAcls(acls: AclEntry[]) {
    this.#called('deleteAcls')
    this.entries = this.entries.filter((entry) => !acls.includes(entry))
  }

  async access(principal: string, operation: 'Write' | 'Read', topics: string[]) {
    this.#called('access')
    const refused = this.denied.get(`${principal} ${operation}`) ?? []
    return {
      evidence: 'asked-as-principal' as const,
      allowed: topics.filter((topic) => !refused.includes(topic)),
      denied: topics.filter((topic) => refused.includes(topic)),
      leaders: topics.map((topic): [string, number, number] => [topic, 0, this.leader]),
    }
  }

  async topicSettings(topics: string[], names: readonly string[] | null) {
    this.#called('topicSettings')
    return topics
      .filter((topic) => this.topics.has(topic))
      .map((topic) => {
        const all = Object.entries(this.settings.get(topic) ?? {})
        const told = all.filter(([name]) => names === null || names.includes(name))
        return { topic, settings: Object.fromEntries(told), own: told.map(([name]) => name) }
      })
  }

  async deleteEmptyTopics(topics: TopicId[]) {
    this.#called('deleteEmptyTopics')
    for (const { topic } of topics) this.topics.delete(topic)
    return []
  }

  /** Everybody is asked. */
  async accessByAcls(checks: AccessCheck[]) {
    return checks.map(() => null)
  }

  async groupAccess(principal: string, groups: string[]) {
    this.#called('groupAccess')
    const refused = this.denied.get(`${principal} Group`) ?? []
    return {
      evidence: 'asked-as-principal' as const,
      allowed: groups.filter((group) => !refused.includes(group)),
      denied: groups.filter((group) => refused.includes(group)),
    }
  }

  async createTopics(topics: NewTopic[]) {
    this.#called('createTopics')
    for (const { topic, partitions, settings } of topics) {
      if (this.topics.has(topic)) continue
      this.withTopic(
        topic,
        Array.from({ length: partitions }, (_, partition): PartitionEnds => [partition, 0, 0, 0]),
      )
      this.settings.set(topic, settings)
    }
  }

  async readKeyed(topic: string, from: number) {
    this.#called('readKeyed')
    const log = this.keyed.get(topic)
    return log === undefined ? null : { records: log.slice(from <= log.length ? from : 0), end: log.length }
  }

  async appendKeyed(topic: string, records: KeyedRecord[]) {
    this.#called('appendKeyed')
    const log = [...(this.keyed.get(topic) ?? []), ...records]
    this.keyed.set(topic, log)
    return log.length
  }

  async close() {}
}

export class MemoryLink implements MirroringPort {
  readonly from: string
  readonly to: string
  dark = false
  description: LinkDescription = {
    state: 'running',
    detail: 'connector RUNNING',
    selection: 'accounting\\.invoices',
    assigned: [{ topic: 'accounting.invoices', partitions: [0, 1] }],
    runningTasks: 1,
    failedTasks: [],
    obstacles: [],
    copiesAcls: false,
  }
  positions = new Map<string, MirroredTo[]>()
  calls: string[]

  constructor(from: string, to: string, calls: string[] = []) {
    this.from = from
    this.to = to
    this.calls = calls
  }

  #called(name: string): void {
    this.calls.push(`${this.from}->${this.to}.${name}`)
    if (this.dark) throw unreachable(`Connect of ${this.from}->${this.to} does not answer.`)
  }

  async describe() {
    this.#called('describe')
    return structuredClone(this.description)
  }
  async mirroredTo(topics: string[]) {
    this.#called('mirroredTo')
    return topics.map((topic) => ({ topic, offsets: structuredClone(this.positions.get(topic) ?? []) }))
  }
  async setSelection(text: string) {
    this.#called('setSelection')
    this.description.selection = text
  }
  async enable() {
    this.#called('enable')
    this.description.state = 'running'
  }
  async disable() {
    this.#called('disable')
    this.description.state = 'stopped'
  }
  async probeDisabled() {
    this.#called('probeDisabled')
    return { disabled: this.description.state === 'stopped', detail: this.description.state }
  }
  async setPosition(positions: { topic: string; offsets: PositionChange[] }[]) {
    this.#called('setPosition')
    for (const { topic, offsets } of positions) {
      const now = new Map(this.positions.get(topic))
      for (const [partition, offset] of offsets) {
        if (offset === null) now.delete(partition)
        else now.set(partition, offset)
      }
      this.positions.set(topic, [...now])
    }
  }
}

export function memoryApplication(name: string, state: ApplicationState, calls: string[] = []): ApplicationPort {
  let now = state
  return {
    name,
    adapter: 'command',
    state: async () => now,
    async stop() {
      calls.push(`${name}.stop`)
      now = { state: 'stopped' }
      return now
    },
    async start({ cluster, topics }) {
      calls.push(`${name}.start`)
      now = { state: 'running', cluster, topics }
      return now
    },
    instruction: (action) => `${action} ${name}`,
  }
}

export function memoryPorts(parts: {
  clusters?: MemoryCluster[]
  links?: MemoryLink[]
  applications?: ApplicationPort[]
  desk?: TicketDeskPort
  registries?: Record<string, SchemaRegistryPort>
}): Ports {
  const found = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw configurationFault(`switchback.yaml has no ${what}.`)
    return value
  }
  return {
    cluster: (alias) =>
      found(
        parts.clusters?.find((cluster) => cluster.alias === alias),
        `cluster ${alias}`,
      ),
    mirroring: (_pair, from, to) =>
      found(
        parts.links?.find((link) => link.from === from && link.to === to),
        `link ${from}->${to}`,
      ),
    application: (_pair, name) =>
      found(
        parts.applications?.find((app) => app.name === name),
        `application ${name}`,
      ),
    desk: () => found(parts.desk, 'desk'),
    schemaRegistry: (alias) => parts.registries?.[alias] ?? null,
    close: async () => undefined,
  }
}

/** The failure a promise ends with, for its type and text. */
export async function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof ApplicationFailure) return error
  throw error
}
