import type { AclEntry } from '../../../src/contract/dossier.ts'
import type { GroupOffsets, PartitionEnds } from '../../../src/contract/evidence.ts'
import type { ApplicationPort, ApplicationTarget } from '../../../src/ports/applications.ts'
import type { GroupState } from '../../../src/ports/cluster.ts'
import { unreachable } from '../../../src/ports/failures.ts'
import type { Ticket, TicketDeskPort } from '../../../src/ports/tickets.ts'
import { MemoryCluster, MemoryLink } from '../../../test/activities/memory-ports.ts'

export const TOPIC = 'accounting.invoices'
const PARTITIONS = 3
const RECORDS = 100
export const GROUP = 'billing'

/** A cluster whose answers follow from what runs on it and from its ACLs; calls are not kept. */
class RegionCluster extends MemoryCluster {
  readonly #apps: MemoryApp[]
  /** Somebody writes who is none of the applications. */
  restless = false
  /** So many records of each partition the consumer has not read. */
  unread = 0
  /** ACLs cannot be changed now. */
  refusing = false

  constructor(alias: string, apps: MemoryApp[]) {
    super(alias, [])
    this.#apps = apps
  }

  #consumer(): MemoryApp | undefined {
    return this.#apps.find(({ name, at }) => name === GROUP && at?.cluster === this.alias)
  }

  override ends(topics: string[]) {
    this.calls.length = 0
    const writes = this.restless || this.#apps.some(({ name, at }) => name !== GROUP && at?.cluster === this.alias)
    const local = this.topics.get(TOPIC)
    if (writes && local !== undefined)
      for (const row of local.partitions) {
        row[2] += 1
        row[3] += 1
      }
    return super.ends(topics)
  }

  /** A consumer that runs has read everything. */
  override async groupOffsets(groups: string[], topics?: string[]) {
    const consumer = this.#consumer()
    if (consumer !== undefined) this.committed = [this.#everything(consumer.at?.topics ?? [])]
    return super.groupOffsets(groups, topics)
  }

  override async groupStates(groups: string[]) {
    const state = this.#consumer() === undefined ? 'empty' : 'active'
    return groups.map((group): GroupState => ({
      group,
      state,
      protocol: 'classic',
      members: state === 'empty' ? [] : ['m'],
    }))
  }

  override async createAcls(acls: AclEntry[]) {
    if (this.refusing) throw unreachable(`No broker of ${this.alias} answers.`)
    return super.createAcls(acls)
  }

  override async deleteAcls(acls: AclEntry[]) {
    const gone = new Set(acls.map((acl) => JSON.stringify(acl)))
    this.entries = this.entries.filter((entry) => !gone.has(JSON.stringify(entry)))
  }

  override async access(principal: string, operation: 'Write' | 'Read', topics: string[]) {
    const denies = (topic: string) =>
      this.entries.some(
        (entry) =>
          entry.permission === 'deny' &&
          entry.principal === principal &&
          entry.operation.toLowerCase() === operation.toLowerCase() &&
          entry.name === topic,
      )
    return {
      evidence: 'asked-as-principal' as const,
      allowed: topics.filter((topic) => !denies(topic)),
      denied: topics.filter(denies),
    }
  }

  #everything(topics: string[]): GroupOffsets {
    return {
      group: GROUP,
      topics: topics.map((topic) => ({
        topic,
        offsets: (this.topics.get(topic)?.partitions ?? []).map(([partition, , end]): [number, number] => [
          partition,
          end - this.unread,
        ]),
      })),
    }
  }
}

/** Mirrors at once whatever is written, unless it is held up. */
class RegionLink extends MemoryLink {
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

const assignedAll = { topic: TOPIC, partitions: Array.from({ length: PARTITIONS }, (_, partition) => partition) }

class MemoryApp implements ApplicationPort {
  readonly name: string
  readonly adapter = 'command'
  /** Where it runs. */
  at: { cluster: string; topics: string[] } | undefined

  constructor(name: string, cluster: string) {
    this.name = name
    this.at = { cluster, topics: [TOPIC] }
  }

  async state() {
    return this.at === undefined ? { state: 'stopped' as const } : { state: 'running' as const, ...this.at }
  }

  async stop() {
    this.at = undefined
    return this.state()
  }

  async start({ cluster, topics }: ApplicationTarget) {
    this.at = { cluster, topics }
    return this.state()
  }

  instruction(action: 'stop' | 'start'): string {
    return `${action} ${this.name}`
  }
}

/** A desk that takes a ticket and leaves it. */
class MemoryDesk implements TicketDeskPort {
  readonly adapter = 'webhook'
  #opened: Ticket | null = null

  async find() {
    return this.#opened
  }

  async open() {
    this.#opened ??= { id: 'T-1', state: 'open' }
    return this.#opened
  }

  async state(id: string): Promise<Ticket> {
    return { id, state: 'open' }
  }

  async comment() {}
}

/** One pair: two clusters, a link each way, a producer and a consumer that answer at once. */
export class MemoryPair {
  readonly source: RegionCluster
  readonly target: RegionCluster
  readonly link: RegionLink
  readonly back: RegionLink
  readonly apps: MemoryApp[]
  readonly desk = new MemoryDesk()

  constructor(index: number) {
    const [a, b] = [`A${index}`, `B${index}`]
    this.apps = [new MemoryApp('invoicing', a), new MemoryApp(GROUP, a)]
    const rows = (end: number) =>
      Array.from({ length: PARTITIONS }, (_, partition): PartitionEnds => [partition, 0, end, end])
    this.source = new RegionCluster(a, this.apps).withTopic(TOPIC, rows(RECORDS))
    this.target = new RegionCluster(b, this.apps).withTopic(TOPIC, rows(0)).withTopic(`${TOPIC}.${a}`, rows(RECORDS))
    this.link = new RegionLink(this.source, this.target)
    this.back = new RegionLink(this.target, this.source)
    this.link.description = { ...this.link.description, assigned: [assignedAll] }
    this.back.description = {
      ...this.back.description,
      state: 'absent',
      selection: null,
      assigned: [],
      runningTasks: 0,
    }
  }
}
