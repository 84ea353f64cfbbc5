import { namingOf } from '../config/naming.ts'
import type { Config, LinkConfig } from '../config/schema.ts'
import type { ClusterLooks } from '../ports/cluster.ts'
import type { MirroringPort } from '../ports/mirroring.ts'
import { backendOf } from './chosen.ts'
import { openLater } from './open-later.ts'

/** All of the file that a link is made of: as soon as it differs, the link is made anew. */
export function linkNeeds(link: LinkConfig, config: Config, pair: string): unknown {
  const entry = config.pairs[pair]
  const naming = entry
    ? namingOf(config, entry)
    : { kind: 'suffix' as const, separator: '.', aliases: [link.from, link.to] }
  return backendOf(link).dependsOn(link, { file: config, pair, naming })
}

/** A link, by the backend its configuration names. */
export function createMirroring(
  link: LinkConfig,
  { config, pair, cluster }: { config: Config; pair: string; cluster(this: void, alias: string): ClusterLooks },
): MirroringPort {
  return openLater(backendOf(link), link, { needs: linkNeeds(link, config, pair), cluster })
}
