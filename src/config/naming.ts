import type { NameRule } from '../backends/backend.ts'
import { backendOf } from '../backends/chosen.ts'
import type { GroupIds, Naming, NameTransform, Rename } from '../contract/plan.ts'
import { groupIds } from '../domain/names/group-ids.ts'
import type { Config, PairConfig } from './schema.ts'

/** How a pair's copies are called. Every configured cluster is an alias, so that the set is closed. */
export function namingOf({ clusters }: Pick<Config, 'clusters'>, { naming, links }: PairConfig): Naming {
  const { kind, separator } = naming
  const aliases = Object.keys(clusters)
  if (kind === 'none') {
    return { kind: 'suffix', separator, aliases, copies: Object.fromEntries(aliases.map((a) => [a, { type: 'none' }])) }
  }
  const copies = links.flatMap((link) => {
    const { copies } = backendOf(link).names(link)
    return copies === undefined ? [] : [[link.from, transformOf(copies)] as const]
  })
  return { kind, separator, aliases, ...(copies.length === 0 ? {} : { copies: Object.fromEntries(copies) }) }
}

/** What the pair's groups are called on each cluster, where that is not as in the configuration. */
export function groupIdsOf({ primary, links, applications }: PairConfig): GroupIds {
  if (!links.some((link) => renameOf(link) !== undefined)) return {}
  const groups = applications.flatMap(({ group }) => (group === undefined ? [] : [group]))
  const routes = links.map((link) => ({ from: link.from, to: link.to, rename: renameOf(link) }))
  return groupIds(primary, routes, [...new Set(groups)]).ids
}

function renameOf(link: PairConfig['links'][number]): Rename | undefined {
  return backendOf(link).names(link).groups?.rename
}

function transformOf({ type, rename = {} }: NameRule): NameTransform {
  return type === 'none' ? { type } : { type, rename }
}
