import type { AclEntry } from '../../../src/contract/dossier.ts'
import type { GroupOffsets, PartitionEnds } from '../../../src/contract/evidence.ts'
import type { ApplicationPort, ApplicationTarget } from '../../../src/ports/applications.ts'
import type { GroupState } from '../../../src/ports/cluster.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import { MemoryCluster, MemoryLink } from '../../../test/activities/memory-ports.ts'

const TOPIC = 'accounting.invoices'
const PARTITIONS = 3
const RECORDS = 100
const GROUP = 'billing'

/** A cluster whose answers follow from what runs on it and from its ACLs; calls are not kept. */
class RegionCluster extends MemoryCluster {
  readonly #apps: MemoryApp[]

  constructor(alias: string, apps: MemoryApp[]) {
    super(alias, [])
    this.#apps = apps
  }

  #consumer(): MemoryApp | undefined {
    return this.#apps.find(({ name, at }) => name === GROUP && at?.cluster === this.alias)
  }

  override ends(topics: string[]) {
    this.calls.length = 0
    const writes = this.#apps.some(({ name, at }) => name !== GROUP && at?.cluster === this.alias)
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
          end,
        ]),
      })),
    }
  }
}

class RegionLink extends MemoryLink {
  override async setSelection(text: string) {
    this.calls.length = 0
    this.description.selection = text
    this.description.assigned = text.includes('accounting') ? [assignedAll] : []
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

/** One pair: two clusters, a link each way, a producer and a consumer that answer at once. */
class MemoryPair {
  readonly clusters: RegionCluster[]
  readonly links: RegionLink[]
  readonly apps: MemoryApp[]

  constructor(index: number) {
    const [a, b] = [`A${index}`, `B${index}`]
    this.apps = [new MemoryApp('invoicing', a), new MemoryApp(GROUP, a)]
    const rows = (end: number) =>
      Array.from({ length: PARTITIONS }, (_, partition): PartitionEnds => [partition, 0, end, end])
    this.clusters = [
      new RegionCluster(a, this.apps).withTopic(TOPIC, rows(RECORDS)),
      new RegionCluster(b, this.apps).withTopic(TOPIC, rows(0)).withTopic(`${TOPIC}.${a}`, rows(RECORDS)),
    ]
    const [there, back] = [new RegionLink(a, b), new RegionLink(b, a)]
    there.description = { ...there.description, assigned: [assignedAll] }
    there.mirroredTo = async () => [{ topic: TOPIC, offsets: this.#mirrored() }]
    back.description = { ...back.description, state: 'absent', selection: null, assigned: [], runningTasks: 0 }
    this.links = [there, back]
  }

  /** Mirroring keeps up with whatever is written. */
  #mirrored() {
    const rows = this.clusters[0]?.topics.get(TOPIC)?.partitions ?? []
    return rows.map(([partition, , end]): [number, number] => [partition, end - 1])
  }
}

/** `pairs` pairs in memory, each with clusters of its own, and the configuration that names them. */
export function region(pairs: number): { ports: Ports; config: object } {
  const all = Array.from({ length: pairs }, (_, index) => new MemoryPair(index))
  const clusters = new Map(all.flatMap((pair) => pair.clusters.map((cluster) => [cluster.alias, cluster] as const)))
  const links = new Map(all.flatMap((pair) => pair.links.map((link) => [`${link.from}->${link.to}`, link] as const)))
  const found = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`the region has no ${what}`)
    return value
  }
  const ports: Ports = {
    cluster: (alias) => found(clusters.get(alias), alias),
    mirroring: (_pair, from, to) => found(links.get(`${from}->${to}`), `${from}->${to}`),
    application: (pair, name) =>
      found(
        all[Number(pair.slice(1))]?.apps.find((app) => app.name === name),
        name,
      ),
    schemaRegistry: () => null,
    desk: (pair) => found<never>(undefined, `desk of ${pair}`),
    close: () => Promise.resolve(),
  }
  return { ports, config: configuration(pairs) }
}

function configuration(pairs: number): object {
  const numbers = Array.from({ length: pairs }, (_, index) => index)
  const control = { adapter: 'command', stop: ['true'], start: ['true'], state: ['true'] }
  const common = { topics: [TOPIC], control }
  return {
    temporal: { taskQueue: 'bench' },
    clusters: Object.fromEntries(
      numbers.flatMap((index) =>
        ['A', 'B'].map((side) => [`${side}${index}`, { bootstrap: [`${side}${index}:9092`] }]),
      ),
    ),
    pairs: Object.fromEntries(
      numbers.map((index) => {
        const [a, b] = [`A${index}`, `B${index}`]
        const link = (from: string, to: string) => ({
          from,
          to,
          connect: { url: `http://connect-${to.toLowerCase()}:8083` },
          source: { name: `mirror-${from}-${to}` },
        })
        return [
          `p${index}`,
          {
            primary: a,
            secondary: b,
            topics: [TOPIC],
            applications: [
              { ...common, name: 'invoicing', kind: 'producer', principal: 'User:invoicing' },
              { ...common, name: GROUP, kind: 'consumer', principal: 'User:billing', group: GROUP },
            ],
            links: [link(a, b), link(b, a)],
            timing: { stability: 100, poll: 100 },
          },
        ]
      }),
    ),
  }
}
