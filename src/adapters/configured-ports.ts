import { ConfigError } from '../config/load.ts'
import type { ClusterConfig, Config, LinkConfig, PairConfig } from '../config/schema.ts'
import type { ApplicationPort } from '../ports/applications.ts'
import type { ClusterLooks, ClusterPort } from '../ports/cluster.ts'
import { configurationFault } from '../ports/failures.ts'
import type { MirroringPort } from '../ports/mirroring.ts'
import type { Ports } from '../ports/ports.ts'
import type { TicketDeskPort } from '../ports/tickets.ts'
import { groupIdsOf } from '../config/naming.ts'
import { linkNeeds } from '../backends/mirroring.ts'
import { createApplication } from '../controls/application.ts'
import { withGroup, withGroupIds } from './group-ids.ts'
import { PortCache } from './port-cache.ts'
import { createSchemaRegistry } from './schema-registry/schema-registry.ts'
import { createDesk, deskNeeds } from '../desks/create-desk.ts'

/** What makes the adapters that hold connections; a test passes its own. */
export interface Connectors {
  cluster(alias: string, config: ClusterConfig): ClusterPort
  mirroring(link: LinkConfig, around: Around): MirroringPort
}

/** What a link and a desk of a provider's service need of the configuration besides their own entry. */
export interface Around {
  config: Config
  pair: string
  /** A link is changed by its own interface: nothing of it writes into a cluster. */
  cluster(alias: string): ClusterLooks
}

/** As createPorts, with the given connectors. */
export function portsWith(config: () => Config, connectors: Connectors): Ports {
  const nothingToClose = () => Promise.resolve()
  const clusters = new PortCache<ClusterPort>((port) => port.close())
  const links = new PortCache<MirroringPort>(nothingToClose)
  const applications = new PortCache<ApplicationPort>(nothingToClose)
  const desks = new PortCache<TicketDeskPort>(nothingToClose)

  function cluster(alias: string): ClusterPort {
    const current = readConfig(config)
    const entry = named(current.clusters, alias, 'cluster', 'clusters')
    const port = clusters.get(alias, entry, () => connectors.cluster(alias, entry))
    return Object.values(current.pairs).reduce((known, pair) => withGroupIds(known, groupIdsOf(pair)), port)
  }

  return {
    cluster,
    schemaRegistry(alias) {
      const { schemaRegistry } = named(readConfig(config).clusters, alias, 'cluster', 'clusters')
      return schemaRegistry === undefined ? null : createSchemaRegistry(alias, schemaRegistry)
    },
    mirroring(pair, from, to) {
      const current = readConfig(config)
      const entryOfPair = pairNamed(current, pair)
      const { links: known } = entryOfPair
      const byDirection = Object.fromEntries(known.map((link) => [`${link.from}->${link.to}`, link]))
      const link = named(byDirection, `${from}->${to}`, 'link', `pairs.${pair}.links`)
      const entry = { link, needs: linkNeeds(link, current, pair) }
      return links.get(`${pair} ${from}->${to}`, entry, () =>
        connectors.mirroring(link, { config: current, pair, cluster }),
      )
    },
    application(pair, name) {
      const current = readConfig(config)
      const entryOfPair = pairNamed(current, pair)
      const byName = Object.fromEntries(entryOfPair.applications.map((app) => [app.name, app]))
      const app = named(byName, name, 'application', `pairs.${pair}.applications`)
      // Clusters belong to the entry: an application is started with their addresses.
      const entry = {
        app,
        bootstrap: Object.entries(current.clusters).map(([alias, { bootstrap }]) => [alias, bootstrap]),
      }
      const port = applications.get(`${pair} ${name}`, entry, () => createApplication(pair, app, current.clusters))
      return withGroup(port, app.group, groupIdsOf(entryOfPair))
    },
    desk(pair) {
      const current = readConfig(config)
      const { desk } = pairNamed(current, pair)
      const entry = { desk, needs: deskNeeds(desk, current, pair) }
      return desks.get(pair, entry, () => createDesk(pair, desk, current))
    },
    close: () => clusters.closeAll(),
  }
}

function readConfig(config: () => Config): Config {
  try {
    return config()
  } catch (error) {
    if (error instanceof ConfigError) throw configurationFault(error.message)
    throw error
  }
}

function pairNamed(config: Config, pair: string): PairConfig {
  return named(config.pairs, pair, 'pair', 'pairs')
}

function named<Entry>(entries: Readonly<Record<string, Entry>>, name: string, kind: string, place: string): Entry {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (entry !== undefined) return entry
  const names = Object.keys(entries)
  const known = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`
  throw configurationFault(
    `There is no ${kind} ${name} in switchback.yaml on the worker (${known}). Add it under ${place}, then decide retry.`,
  )
}
