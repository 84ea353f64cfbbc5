import { onTestFinished } from 'vitest'
import { startStandIn, type StandIn } from '../../lab/ibm/stand-in.ts'
import type { Underlay } from '../../lab/ibm/underlay.ts'
import { releasePorts } from '../../lab/process/ports.ts'
import { createDesk } from '../../src/desks/create-desk.ts'
import { createMirroring } from '../../src/backends/mirroring.ts'
import { configSchema, type Config } from '../../src/config/schema.ts'
import type { MirroringPort } from '../../src/ports/mirroring.ts'
import type { TicketDeskPort } from '../../src/ports/tickets.ts'
import { MemoryCluster } from '../activities/memory-ports.ts'
import { pairOf, smallest } from '../config/support.ts'

export const apiKey = 'the-planted-api-key'

export const crnOf = (alias: string) => `crn:v1:bluemix:public:messagehub:us-south:a/account:guid-${alias}::`

/** Topics that are mirrored by name alone: for what concerns no records. */
class NamesOnly implements Underlay {
  readonly topics = ['accounting.invoices', 'accounting.payments', 'accounting.invoices2', 'orders']
  readonly links = new Map<string, string[] | null>()
  behind = 0
  mirrored = 0

  async enable(from: string, to: string) {
    this.links.set(`${from}->${to}`, [])
  }
  async disable(from: string, to: string) {
    this.links.set(`${from}->${to}`, null)
  }
  async select(from: string, to: string, patterns: readonly string[]) {
    this.links.set(`${from}->${to}`, [...patterns])
  }
  async active(from: string, to: string) {
    const patterns = this.links.get(`${from}->${to}`) ?? []
    return this.topics.filter((topic) => patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(topic)))
  }
  async partitions(_alias: string, topic: string) {
    return this.topics.some((name) => topic.startsWith(name)) ? 3 : null
  }
  async serves() {
    return true
  }
  async lag(from: string, to: string) {
    const active = await this.active(from, to)
    return { behind: new Map(active.map((topic) => [topic, this.behind])), mirrored: this.mirrored }
  }
}

export interface Scene {
  cloud: StandIn
  underlay: NamesOnly
  config: Config
  clusters: { A: MemoryCluster; B: MemoryCluster }
  link: (from: 'A' | 'B', to: 'A' | 'B') => MirroringPort
  desk: () => TicketDeskPort
}

/** Two instances of the stand-in, nothing mirrored yet, and the adapters by their configuration. */
export async function scene(
  settings: {
    throughput?: string
    link?: object
    pair?: string
    /** Of the test's own context, where tests run at the same time. */
    finished?: (close: () => Promise<void>) => void
  } = {},
): Promise<Scene> {
  const name = settings.pair ?? 'accounting'
  process.env['IBM_KEY'] = apiKey
  const ports: number[] = []
  const underlay = new NamesOnly()
  const cloud = await startStandIn({
    instances: ['A', 'B'].map((alias) => ({
      alias,
      crn: crnOf(alias),
      ...(settings.throughput === undefined ? {} : { throughput: settings.throughput }),
    })),
    underlay,
    apiKey,
    ports,
    sampleMs: 50,
  })
  cloud.authorized.add('A->B').add('B->A')
  cloud.faults.operationMs = 20
  const { finished = onTestFinished } = settings
  finished(async () => {
    await cloud.close()
    releasePorts(ports)
  })
  const tree = smallest()
  const pair = pairOf(tree)
  pair['mirroring'] = { backend: 'event-streams' }
  pair['desk'] = { adapter: 'ibm-cases', severity: 1 }
  pair.links = [
    { from: 'A', to: 'B', pollMs: 50, ...settings.link },
    { from: 'B', to: 'A', pollMs: 50, ...settings.link },
  ]
  const instance = (alias: string) => ({
    bootstrap: ['localhost:9092'],
    eventStreams: { crn: crnOf(alias), adminUrl: cloud.adminUrl(alias), monitoringUrl: cloud.url },
  })
  const config = configSchema.parse({
    ...tree,
    ibmCloud: {
      apiKey: { env: 'IBM_KEY' },
      iamUrl: cloud.url,
      resourceControllerUrl: cloud.url,
      caseManagementUrl: `${cloud.url}/case-management/v1`,
      timeoutMs: 30_000,
    },
    clusters: { A: instance('A'), B: instance('B') },
    pairs: { [name]: pair },
  })
  const clusters = { A: new MemoryCluster('A'), B: new MemoryCluster('B') }
  const around = { config, pair: name, cluster: (alias: string) => clusters[alias as 'A' | 'B'] }
  return {
    cloud,
    underlay,
    config,
    clusters,
    link(from, to) {
      const link = config.pairs[name]?.links.find((one) => one.from === from && one.to === to)
      if (!link) throw new Error(`no link ${from}->${to}`)
      return createMirroring(link, around)
    },
    desk() {
      const desk = config.pairs[name]?.desk
      if (!desk) throw new Error('no desk')
      return createDesk(name, desk, config)
    },
  }
}

/** Orders the mirroring and waits until it runs. */
export async function enabled({ cloud }: Scene, port: MirroringPort): Promise<void> {
  await port.enable()
  await cloud.mirrorings.settled()
}
