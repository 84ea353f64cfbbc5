import type { Stops } from '../backends/backend.ts'
import { backendOf } from '../backends/chosen.ts'
import type { Config } from '../config/schema.ts'
import { findLink, pairConfig } from './configured.ts'

/** What a ticket that has a link disabled asks for, besides the direction; nothing where a provider mirrors. */
export function stopsOf(config: Config, pair: string, link: { from: string; to: string }): Stops {
  const found = findLink(pairConfig(config, pair), link.from, link.to)
  return found === undefined ? { connectors: [], words: [] } : backendOf(found).stops(found)
}
