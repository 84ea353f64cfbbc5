import { backendOf } from '../backends/chosen.ts'
import type { Config, LinkConfig } from '../config/schema.ts'
import { findLink, linkName, pairConfig } from './configured.ts'

export interface SharedLink {
  pair: string
  link: string
  connector: string
}

/** Other pairs that use what one of this pair's links is made of. One entry a pair. */
export function pairsSharingALink(config: Config, pair: string): SharedLink[] {
  const own = new Map(pairConfig(config, pair).links.map((link) => [linkKey(config, link), link]))
  const shared: SharedLink[] = []
  for (const [name, other] of Object.entries(config.pairs)) {
    if (name === pair) continue
    const same = other.links.find((link) => own.has(linkKey(config, link)))
    if (same) shared.push({ pair: name, link: linkName(same), connector: backendOf(same).shared(same, config).words })
  }
  return shared
}

/** Other pairs whose topics the same connector mirrors in this direction. */
export function pairsOnConnector(
  config: Config,
  { pair, from, to }: { pair: string; from: string; to: string },
): { pair: string; topics: string[] }[] {
  const own = findLink(pairConfig(config, pair), from, to)
  if (own === undefined) return []
  const key = linkKey(config, own)
  return Object.entries(config.pairs).flatMap(([name, other]) =>
    name !== pair && other.links.some((one) => one.from === from && one.to === to && linkKey(config, one) === key)
      ? [{ pair: name, topics: other.topics }]
      : [],
  )
}

/** What two pairs would both change has one key. */
export function linkKey(config: Config, link: LinkConfig): string {
  return backendOf(link).shared(link, config).key
}
