import type { Config } from '../config/schema.ts'
import { findLink, pairConfig } from './configured.ts'

/** Names of the connectors that make a link, those that follow the source connector first; empty where a provider mirrors. */
export function connectorsOf(config: Config, pair: string, link: { from: string; to: string }): string[] {
  const found = findLink(pairConfig(config, pair), link.from, link.to)
  if (found?.backend !== 'mirrormaker2') return []
  return [found.heartbeat, found.checkpoint, found.source].flatMap((one) => (one ? [one.name] : []))
}

/** Other pairs may have connectors between the same two clusters: a ticket that names only these would stop them too. */
export function connectorsInWords(connectors: readonly string[], { to }: { to: string }): string[] {
  if (connectors.length === 0) return []
  return [
    `On the Kafka Connect of ${to} this is: stop ${connectors.join(', ')} (PUT /connectors/<name>/stop), and no other connector.`,
  ]
}
