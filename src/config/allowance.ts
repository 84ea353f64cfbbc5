import type { Allowance } from '../domain/permitted/allowance.ts'
import { roleOf } from '../domain/plan/application-role.ts'
import { namingOf } from './naming.ts'
import type { Config, PairConfig } from './schema.ts'

/** What may be written for a pair of this configuration. */
export function allowanceOf(config: Pick<Config, 'clusters' | 'memory'>, name: string, pair: PairConfig): Allowance {
  const { applications, primary, secondary, links } = pair
  const principals = (role: 'producer' | 'consumer') =>
    applications.flatMap((app) => (app.principal !== undefined && roleOf(app) === role ? [app.principal] : []))
  return {
    pair: name,
    clusters: [...new Set([primary, secondary, ...links.flatMap(({ from, to }) => [from, to])])],
    topics: pair.topics,
    groups: applications.flatMap(({ group }) => (group === undefined ? [] : [group])),
    producers: principals('producer'),
    consumers: principals('consumer'),
    former: pair.former,
    applications: new Map(applications.map((app) => [app.name, app.topics])),
    naming: namingOf(config, pair),
    memoryTopic: config.memory.topic,
  }
}
