import type { AclEntry } from '../../../src/contract/dossier.ts'
import type { GroupOffsets, PartitionEnds, TopicId } from '../../../src/contract/evidence.ts'
import { derivedAccess, derivedGroupAccess, missingAcls, sameAcl, withoutAcl } from '../../../src/domain/fence/acl.ts'
import type {
  AccessCheck,
  ClusterPort,
  CopyPart,
  CopyProgress,
  EndedPlace,
  FoundRecord,
  KeyedRecord,
  LastRecord,
  NewTopic,
  Place,
  RecordCopy,
  WantedRecord,
} from '../../../src/ports/cluster.ts'
import { notYet, precondition, rejected, unreachable } from '../../../src/ports/failures.ts'
import { ConsumerGroups } from './consumer-groups.ts'
import { contentDigest, headersDigest, type NewRecord, PartitionLog } from './partition-log.ts'
import { Producers, type Transaction } from './transactions.ts'

interface Topic {
  topicId: string
  logs: PartitionLog[]
  settings: Record<string, string>
  replicas: number
  /** Partitions without a leader. */
  offline: number[]
}

/** Settings that a broker tells of every topic. */
const brokerSettings = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'min.insync.replicas': '1',
  'compression.type': 'producer',
}

/** Records that one answer of `readRecords` has at most. */
const recordsAtOnce = 1_000

/**
 * A Kafka cluster in memory: its logs hold records, and whatever is asked is answered from them. Each call is answered at once,
 * after `goesOn` has let the rest of the world do what it does by itself. `test/ports/cluster-contract.ts` holds it to what a real
 * broker does.
 */
export class MemoryCluster implements ClusterPort {
  readonly alias: string
  /** No broker answers. */
  dark = false
  authorizer = true
  /** The brokers' `allow.everyone.if.no.acl.found`. */
  openWithoutAcls = false
  /** Principals whose credentials are configured: brokers are asked as them. */
  readonly credentials = new Set<string>()
  /** Every call, in order, as `A.ends`; those of other ports of the world stand in the same list. */
  readonly calls: string[]
  readonly groups = new ConsumerGroups()
  acl: AclEntry[] = []
  /** Before each call. */
  goesOn: (call: string) => void = () => undefined
  readonly now: () => number
  readonly #topics = new Map<string, Topic>()
  readonly #producers: Producers
  readonly #copiers = new Map<string, object>()
  #created = 0

  constructor(alias: string, { now = Date.now, calls = [] }: { now?: () => number; calls?: string[] } = {}) {
    this.alias = alias
    this.now = now
    this.calls = calls
    this.#producers = new Producers((topic, partition) => this.log(topic, partition), now)
  }

  // What a test, and the rest of the world, does here.

  create(topic: string, partitions = 1, settings: Record<string, string> = {}, replicas = 1): this {
    if (this.#topics.has(topic)) throw new Error(`${this.alias} has ${topic}`)
    this.#created += 1
    const logs = Array.from({ length: partitions }, () => new PartitionLog())
    this.#topics.set(topic, { topicId: `${this.alias}-${this.#created}`, logs, settings, replicas, offline: [] })
    return this
  }

  delete(topic: string): void {
    this.#topics.delete(topic)
    this.groups.forget(topic)
    this.#producers.forget(topic)
  }

  has(topic: string): boolean {
    return this.#topics.has(topic)
  }

  get names(): string[] {
    return [...this.#topics.keys()]
  }

  topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw new Error(`${this.alias} has no topic ${name}`)
    return topic
  }

  log(topic: string, partition = 0): PartitionLog {
    const log = this.topic(topic).logs[partition]
    if (log === undefined) throw new Error(`${topic} has no partition ${partition} on ${this.alias}`)
    return log
  }

  /** `producer`: the name of one with an id; without it brokers do not know who wrote. Answers the offset of the first. */
  produce(topic: string, records: readonly (NewRecord | string)[], partition = 0, producer?: string): number {
    const written = records.map((one) => (typeof one === 'string' ? { value: Buffer.from(one) } : one))
    if (producer !== undefined) this.#producers.wrote(producer, topic, partition, written.length)
    return this.log(topic, partition).append(written, this.now())
  }

  begin(transactionalId: string): Transaction {
    return this.#producers.begin(transactionalId)
  }

  may(principal: string, operation: 'Write' | 'Read', topic: string): boolean {
    return this.#permits([{ principal, operation, of: 'topic', names: [topic] }])[0]?.denied.length === 0
  }

  // What the product asks.

  #called(call: string, signal?: AbortSignal): void {
    signal?.throwIfAborted()
    this.calls.push(`${this.alias}.${call}`)
    this.goesOn(call)
    if (this.dark) throw unreachable(`No broker of ${this.alias} answers.`)
  }

  #found(topics: readonly string[]): [string, Topic][] {
    return [...new Set(topics)].flatMap((name): [string, Topic][] => {
      const topic = this.#topics.get(name)
      return topic === undefined ? [] : [[name, topic]]
    })
  }

  #place(topic: string, partition: number, from: number): PartitionLog {
    const log = this.#topics.get(topic)?.logs[partition]
    if (log !== undefined) return log
    throw precondition(
      `Partition ${partition} of ${topic} does not exist on cluster ${this.alias}, so offsets from ${from} on cannot be read there: was the topic deleted or recreated?`,
    )
  }

  #settings({ settings }: Topic): Record<string, string> {
    return { ...brokerSettings, ...settings }
  }

  async describe(signal?: AbortSignal) {
    this.#called('describe', signal)
    return { clusterId: `cluster-${this.alias}`, brokers: 1, authorizer: this.authorizer }
  }

  async rights(login: 'watch' | 'act', topics: string[], signal?: AbortSignal) {
    this.#called('rights', signal)
    const all = ['Alter', 'AlterConfigs', 'Create', 'Delete', 'Describe', 'DescribeConfigs', 'Read', 'Write']
    return {
      user: login,
      clusterId: `cluster-${this.alias}`,
      cluster: ['Alter', 'Create', 'Describe'],
      topics: this.#found(topics).map(([topic]): [string, string[]] => [topic, all]),
    }
  }

  async describeTopics(topics: string[], signal?: AbortSignal) {
    this.#called('describeTopics', signal)
    return this.#found(topics).map(([topic, { topicId, logs, offline, replicas }]) => ({
      topic,
      topicId,
      partitions: logs.length,
      offline,
      replicas,
    }))
  }

  async listTopics(signal?: AbortSignal) {
    this.#called('listTopics', signal)
    return this.names
  }

  async ends(topics: string[], signal?: AbortSignal) {
    this.#called('ends', signal)
    return this.#found(topics).map(([topic, { topicId, logs }]) => ({
      topic,
      topicId,
      partitions: logs.map((log, partition): PartitionEnds => [
        partition,
        log.start,
        log.highWatermark,
        log.lastStable,
      ]),
    }))
  }

  async logEnds(topics: string[], signal?: AbortSignal) {
    this.#called('logEnds', signal)
    return this.#found(topics).map(([topic, { logs }]) => ({
      topic,
      offsets: logs.map(({ end }, partition): [number, number] => [partition, end]),
    }))
  }

  async scan(topic: string, partition: number, from: number, to: number, signal?: AbortSignal) {
    this.#called('scan', signal)
    return this.#place(topic, partition, from).scan(from, to)
  }

  async scanUncommitted(topic: string, partition: number, from: number, to: number, signal?: AbortSignal) {
    this.#called('scanUncommitted', signal)
    return this.#place(topic, partition, from).scanUncommitted(from, to)
  }

  async digestRange(
    { topic, partition }: Place,
    { from, to, isolation }: { from: number; to: number; isolation: 'committed' | 'uncommitted' },
    signal?: AbortSignal,
  ) {
    this.#called('digestRange', signal)
    return this.#place(topic, partition, from).digest(from, to, isolation)
  }

  async readRecords(topic: string, partition: number, from: number, to: number, signal?: AbortSignal) {
    this.#called('readRecords', signal)
    const log = this.#place(topic, partition, from)
    if (from < log.start) return { records: [], next: Math.min(log.start, to) }
    const below = Math.min(to, log.lastStable)
    if (below <= from) return { records: [], next: from }
    const records = log.read(from, below)
    const more = records[recordsAtOnce]
    return more === undefined
      ? { records, next: below }
      : { records: records.slice(0, recordsAtOnce), next: more.offset }
  }

  async lastRecords(places: EndedPlace[], signal?: AbortSignal): Promise<LastRecord[]> {
    this.#called('lastRecords', signal)
    return places.map(({ topic, partition }) => {
      const found = this.#topics.get(topic)
      const log = found?.logs[partition]
      if (found === undefined || log === undefined) return { topic, partition, found: 'absent' }
      if (log.start === log.end) return { topic, partition, found: 'empty' }
      const last = log.last()
      if (last === undefined) return { topic, partition, found: 'no-record' }
      const headers = headersDigest(last)
      const mark = {
        offset: last.offset,
        timestamp: last.timestamp,
        digest: contentDigest(last),
        ...(headers === undefined ? {} : { headers }),
        ...(this.#settings(found)['message.timestamp.type'] === 'LogAppendTime' ? { restamped: true as const } : {}),
      }
      return { topic, partition, found: 'record', mark }
    })
  }

  async findRecords(wanted: WantedRecord[], signal?: AbortSignal): Promise<FoundRecord[]> {
    this.#called('findRecords', signal)
    return wanted.map((mark) => this.#topics.get(mark.topic)?.logs[mark.partition]?.find(mark) ?? null)
  }

  async compacted(topics: string[], signal?: AbortSignal) {
    this.#called('compacted', signal)
    const missing = topics.find((topic) => !this.has(topic))
    // As where a broker has not heard of a topic yet: it is asked again, and then given up.
    if (missing !== undefined)
      throw unreachable(
        `Cannot see whether ${missing} is compacted on cluster ${this.alias}: it answered UNKNOWN_TOPIC_OR_PARTITION.`,
      )
    return this.#found(topics)
      .filter(([, topic]) => this.#settings(topic)['cleanup.policy']?.includes('compact'))
      .map(([name]) => name)
  }

  async producers(topics: string[], signal?: AbortSignal) {
    this.#called('producers', signal)
    return this.#found(topics).map(([topic, { logs }]) => ({
      topic,
      producers: this.#producers.of(topic, logs.length),
    }))
  }

  async transactionalIds(producerIds: number[], signal?: AbortSignal) {
    this.#called('transactionalIds', signal)
    return this.#producers.named(producerIds)
  }

  async openTransactions(partitions: Place[], signal?: AbortSignal) {
    this.#called('openTransactions', signal)
    return this.#producers.open(partitions)
  }

  async openCopy(id: string, signal?: AbortSignal): Promise<RecordCopy> {
    this.#called('openCopy', signal)
    const copier = {}
    this.#copiers.set(id, copier)
    const progress = (): CopyProgress[] => this.#progressOf(id)
    return {
      get progress() {
        return progress()
      },
      append: async (parts, aborting) => {
        this.#called('append', aborting)
        if (this.#copiers.get(id) !== copier)
          throw notYet(
            `The copy ${id} is not this copier's any more (PRODUCER_FENCED): another one has taken over, or it paused for too long. It goes on where the last transaction was committed.`,
          )
        return this.#copied(id, parts)
      },
    }
  }

  async copyProgress(id: string, signal?: AbortSignal) {
    this.#called('copyProgress', signal)
    return this.#progressOf(id)
  }

  #progressOf(id: string): CopyProgress[] {
    return this.groups.offsets(id).topics.flatMap(({ topic, offsets }) =>
      offsets.map(([partition, next]) => {
        const note = JSON.parse(this.groups.note(id, topic, partition) ?? '{}') as Omit<CopyProgress, keyof Place>
        return { topic, partition, ...note, next }
      }),
    )
  }

  #copied(id: string, parts: readonly CopyPart[]): CopyProgress[] {
    const transaction = this.begin(id)
    const rows = parts.map(({ topic, partition, records, next }): CopyProgress => {
      const before = this.#progressOf(id).find((row) => row.topic === topic && row.partition === partition)
      const first = this.#place(topic, partition, 0).end
      if (records.length > 0) transaction.send(topic, partition, records)
      return {
        topic,
        partition,
        next,
        records: (before?.records ?? 0) + records.length,
        first: before !== undefined && before.first >= 0 ? before.first : records.length > 0 ? first : -1,
        last: records.length > 0 ? first + records.length - 1 : (before?.last ?? -1),
      }
    })
    transaction.commit()
    for (const { topic, partition, next, records, first, last } of rows)
      this.groups.commit(id, topic, partition, next, JSON.stringify({ records, first, last }))
    return rows
  }

  async groupStates(groups: string[], signal?: AbortSignal) {
    this.#called('groupStates', signal)
    return groups.map((group) => this.groups.state(group))
  }

  async groupOffsets(groups: string[], topics?: string[], signal?: AbortSignal) {
    this.#called('groupOffsets', signal)
    return groups.map((group) => this.groups.offsets(group, topics))
  }

  async setGroupOffsets({ group, topics }: GroupOffsets, signal?: AbortSignal) {
    this.#called('setGroupOffsets', signal)
    const faults = topics.flatMap(({ topic, offsets }) => {
      const logs = this.#topics.get(topic)?.logs
      if (logs === undefined) return [`${topic} does not exist on ${this.alias}`]
      return offsets.flatMap(([partition, offset]) => {
        const log = logs[partition]
        if (log === undefined) return [`${topic} has no partition ${partition} (it has ${logs.length})`]
        const inside = Number.isSafeInteger(offset) && offset >= log.start && offset <= log.highWatermark
        return inside
          ? []
          : [`partition ${partition} of ${topic}: ${offset} is not within ${log.start} and ${log.highWatermark}`]
      })
    })
    const [why] = [...faults, ...this.#activeText(group)]
    if (why !== undefined)
      throw precondition(
        `Cannot set the offsets of group ${group} on cluster ${this.alias}: ${faults.length > 0 ? faults.join('; ') : why}. Nothing was set.`,
      )
    for (const { topic, offsets } of topics)
      for (const [partition, offset] of offsets) this.groups.commit(group, topic, partition, offset)
  }

  #activeText(group: string): string[] {
    const { state, members } = this.groups.state(group)
    return state === 'active'
      ? [`the group is active, with ${members.join(', ')}. Stop its consumers and try again`]
      : []
  }

  async deleteGroup(group: string, signal?: AbortSignal) {
    this.#called('deleteGroup', signal)
    if (this.groups.isActive(group))
      throw rejected(`Cluster ${this.alias} refused to delete the group ${group}: NON_EMPTY_GROUP.`)
    this.groups.delete(group)
  }

  async acls(topics: string[] | null, signal?: AbortSignal) {
    this.#called('acls', signal)
    this.#needsAuthorizer()
    const bears = ({ pattern, name }: AclEntry, topic: string) =>
      pattern === 'prefixed' ? topic.startsWith(name) : name === topic || name === '*'
    const onTopics = this.acl.filter(({ resource }) => resource === 'topic')
    return [topics === null ? onTopics : onTopics.filter((acl) => topics.some((topic) => bears(acl, topic)))]
  }

  #needsAuthorizer(): void {
    if (!this.authorizer)
      throw rejected(`Cluster ${this.alias} has no authorizer (SECURITY_DISABLED), so it has no ACLs.`)
  }

  async allowsWithoutAcl(_topics: string[], signal?: AbortSignal) {
    this.#called('allowsWithoutAcl', signal)
    return this.openWithoutAcls
  }

  async createAcls(acls: AclEntry[], signal?: AbortSignal) {
    this.#called('createAcls', signal)
    this.#needsAuthorizer()
    this.acl = [...this.acl, ...missingAcls(this.acl, acls)]
  }

  async deleteAcls(acls: AclEntry[], signal?: AbortSignal) {
    this.#called('deleteAcls', signal)
    this.#needsAuthorizer()
    this.acl = this.acl.filter((entry) => !acls.some((acl) => sameAcl(acl, entry)))
  }

  #permits(checks: readonly AccessCheck[]): { allowed: string[]; denied: string[] }[] {
    return checks.map(({ principal, operation, of, names }) => {
      if (!this.authorizer) return { allowed: names, denied: [] }
      const acls = this.acl
      const byAcls =
        of === 'topic' ? derivedAccess(acls, principal, operation, names) : derivedGroupAccess(acls, principal, names)
      const open = new Set(this.openWithoutAcls ? withoutAcl(acls, of, byAcls.denied) : [])
      const may = (name: string) => byAcls.allowed.includes(name) || open.has(name)
      return { allowed: names.filter(may), denied: names.filter((name) => !may(name)) }
    })
  }

  async access(principal: string, operation: 'Write' | 'Read', topics: string[], signal?: AbortSignal) {
    this.#called('access', signal)
    const [found] = this.#permits([{ principal, operation, of: 'topic', names: topics }])
    const { allowed, denied } = found ?? { allowed: [], denied: topics }
    if (!this.credentials.has(principal)) return { evidence: 'derived-from-acls' as const, allowed, denied }
    const existing = allowed.filter((topic) => this.#topics.has(topic))
    return {
      evidence: 'asked-as-principal' as const,
      allowed: existing,
      denied: topics.filter((topic) => !existing.includes(topic)),
      administers: [],
      leaders: this.#found(topics).flatMap(([topic, { logs }]) =>
        logs.map((_, partition): [string, number, number] => [topic, partition, 1]),
      ),
    }
  }

  async accessByAcls(checks: AccessCheck[], signal?: AbortSignal) {
    this.#called('accessByAcls', signal)
    const found = this.#permits(checks)
    return checks.map(({ principal, names }, index) =>
      this.credentials.has(principal)
        ? null
        : { evidence: 'derived-from-acls' as const, ...(found[index] ?? { allowed: [], denied: names }) },
    )
  }

  async groupAccess(principal: string, groups: string[], signal?: AbortSignal) {
    this.#called('groupAccess', signal)
    const [found] = this.#permits([{ principal, operation: 'Read', of: 'group', names: groups }])
    const evidence = this.credentials.has(principal) ? ('asked-as-principal' as const) : ('derived-from-acls' as const)
    return { evidence, ...(found ?? { allowed: [], denied: groups }) }
  }

  async topicSettings(topics: string[], names: readonly string[] | null, signal?: AbortSignal) {
    this.#called('topicSettings', signal)
    return this.#found(topics).map(([topic, found]) => {
      const told = Object.entries(this.#settings(found)).filter(([name]) => names === null || names.includes(name))
      const own = told.flatMap(([name]) => (Object.hasOwn(found.settings, name) ? [name] : []))
      return { topic, settings: Object.fromEntries(told), own }
    })
  }

  async createTopics(topics: NewTopic[], signal?: AbortSignal) {
    this.#called('createTopics', signal)
    for (const { topic, partitions, settings, replicas } of topics)
      if (!this.has(topic)) this.create(topic, partitions, settings, replicas)
  }

  async deleteEmptyTopics(topics: TopicId[], signal?: AbortSignal) {
    this.#called('deleteEmptyTopics', signal)
    return topics.flatMap(({ topic, topicId }) => {
      const found = this.#topics.get(topic)
      if (found === undefined) return []
      if (found.topicId !== topicId) return [{ topic, why: 'it was created again by somebody else' }]
      const written = found.logs.filter(({ start, end }) => start !== 0 || end !== 0).length
      if (written > 0) return [{ topic, why: `${written} of its partitions have been written to` }]
      this.delete(topic)
      return []
    })
  }

  async readKeyed(topic: string, from: number, owner: string | null, signal?: AbortSignal) {
    this.#called('readKeyed', signal)
    const log = this.#topics.get(topic)?.logs[0]
    if (log === undefined) return null
    const end = log.lastStable
    const newest = new Map<string, Uint8Array>()
    for (const { key, value } of log.read(from >= log.start && from <= end ? from : log.start, end)) {
      const name = key?.toString()
      if (name === undefined || value === null) continue
      if (owner !== null && name !== owner && !name.startsWith(`${owner}/`)) continue
      newest.delete(name)
      newest.set(name, Uint8Array.from(value))
    }
    return { records: [...newest].map(([key, value]): KeyedRecord => ({ key, value })), end }
  }

  async appendKeyed(topic: string, records: KeyedRecord[], signal?: AbortSignal) {
    this.#called('appendKeyed', signal)
    const log = this.#topics.get(topic)?.logs[0]
    if (log === undefined) throw rejected(`Cluster ${this.alias} has no topic ${topic} (UNKNOWN_TOPIC_OR_PARTITION).`)
    log.append(
      records.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) })),
      this.now(),
    )
    return log.end
  }

  async close() {}
}
