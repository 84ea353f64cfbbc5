import type { Config } from '../../../src/config/schema.ts'
import { namingOf } from '../../../src/config/naming.ts'
import type { Naming } from '../../../src/contract/plan.ts'
import { roleOf } from '../../../src/domain/plan/application-role.ts'
import { remoteName } from '../../../src/domain/names/naming.ts'
import { configurationFault } from '../../../src/ports/failures.ts'
import type { MirroringPort } from '../../../src/ports/mirroring.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import type { TicketDeskPort } from '../../../src/ports/tickets.ts'
import { MemoryApplication } from './application.ts'
import { MemoryCluster } from './cluster.ts'
import { MemoryDesk } from './desk.ts'
import { MemoryMirroring } from './mirroring.ts'
import { MemoryProvider } from './provider.ts'
import { Replication } from './replication.ts'
import type { MemoryRegistry } from './schema-registry.ts'
import { Traffic } from './traffic.ts'

/**
 * Everything outside of one pair, in memory: two clusters or more with what mirrors between them, applications that write and read,
 * and a desk, as a configuration names them. It goes on whenever something of it is asked, so that nothing has to be waited for.
 */
export class MemoryWorld {
  readonly pair: string
  readonly naming: Naming
  readonly clusters = new Map<string, MemoryCluster>()
  readonly replications = new Map<string, Replication>()
  readonly links = new Map<string, MemoryMirroring | MemoryProvider>()
  readonly applications = new Map<string, MemoryApplication>()
  readonly registries = new Map<string, MemoryRegistry>()
  readonly desk: MemoryDesk
  readonly traffic: Traffic
  /** Every call of every port, in order. */
  readonly calls: string[] = []
  readonly now: () => number

  constructor(config: Config, pair: string, now: () => number = Date.now) {
    this.pair = pair
    this.now = now
    const configured = config.pairs[pair]
    if (configured === undefined) throw new Error(`no pair ${pair}`)
    this.naming = namingOf(config, configured)
    const { calls } = this
    const goesOn = () => this.goOn()
    for (const [alias, { principals }] of Object.entries(config.clusters)) {
      const cluster = new MemoryCluster(alias, { now, calls })
      cluster.goesOn = goesOn
      for (const principal of Object.keys(principals)) cluster.credentials.add(principal)
      this.clusters.set(alias, cluster)
    }
    for (const { from, to, backend } of configured.links) {
      const copyOf = (topic: string) => remoteName(this.naming, from, topic)
      const replication = new Replication(this.cluster(from), this.cluster(to), { copyOf })
      this.replications.set(`${from}->${to}`, replication)
      const around = { calls, goesOn, now }
      this.links.set(
        `${from}->${to}`,
        backend === 'event-streams'
          ? new MemoryProvider(replication, around)
          : new MemoryMirroring(replication, around),
      )
    }
    for (const application of configured.applications) {
      const { name, topics, principal, group } = application
      const traits = {
        name,
        kind: roleOf(application),
        topics,
        ...(principal === undefined ? {} : { principal }),
        ...(group === undefined ? {} : { group }),
      }
      this.applications.set(name, new MemoryApplication(traits, { state: 'stopped' }, { calls }))
    }
    this.desk = new MemoryDesk({ calls })
    this.traffic = new Traffic(this.clusters, [...this.applications.values()], now)
  }

  /** What would have happened by now: records are written and read, and copied. */
  goOn(): void {
    this.traffic.goOn()
    for (const replication of this.replications.values()) replication.move()
  }

  cluster(alias: string): MemoryCluster {
    return found(this.clusters, alias, 'cluster')
  }

  /** As MirrorMaker 2 gives it. */
  link(name: string): MemoryMirroring {
    const link = found(this.links, name, 'link')
    if (link instanceof MemoryMirroring) return link
    throw new Error(`${name} is a provider's`)
  }

  replication(name: string): Replication {
    return found(this.replications, name, 'link')
  }

  application(name: string): MemoryApplication {
    return found(this.applications, name, 'application')
  }

  /** `instead`: ports that a test puts in the place of the world's. */
  ports(instead: { mirroring?: (from: string, to: string) => MirroringPort; desk?: () => TicketDeskPort } = {}): Ports {
    return {
      cluster: (alias) => this.cluster(alias),
      mirroring: (_pair, from, to) => instead.mirroring?.(from, to) ?? found(this.links, `${from}->${to}`, 'link'),
      application: (_pair, name) => this.application(name),
      desk: () => instead.desk?.() ?? this.desk,
      schemaRegistry: (alias) => this.registries.get(alias) ?? null,
      close: async () => undefined,
    }
  }
}

function found<T>(all: ReadonlyMap<string, T>, name: string, what: string): T {
  const one = all.get(name)
  if (one === undefined) throw configurationFault(`switchback.yaml has no ${what} ${name}.`)
  return one
}
