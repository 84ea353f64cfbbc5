import type { GroupIds, Rename } from '../../contract/plan.ts'
import { renamed, takesPart } from './name-transform.ts'

/** A link as far as it renames groups; without `rename` a group keeps its id. */
export interface GroupRoute {
  readonly from: string
  readonly to: string
  readonly rename?: Rename | undefined
}

/**
 * What each group is called on each cluster the links lead to: on the primary as in the configuration, elsewhere as the
 * links there translate it. `problems`: links by which a group would come to another id than it has there, so that the
 * positions translated for it are nobody's. Ids that are as in the configuration are left out.
 */
export function groupIds<Route extends GroupRoute>(
  primary: string,
  routes: readonly Route[],
  groups: readonly string[],
): { ids: GroupIds; problems: { route: Route; text: string }[] } {
  const ids: GroupIds = {}
  const problems: { route: Route; text: string }[] = []
  for (const group of groups) {
    const known = new Map([[primary, group]])
    for (let before = 0; before !== known.size;) {
      before = known.size
      for (const route of routes) {
        const id = known.get(route.from)
        if (id !== undefined && !known.has(route.to)) known.set(route.to, arrivesAs(route, id) ?? id)
      }
    }
    for (const route of routes) {
      const id = known.get(route.from)
      if (id === undefined) continue
      const arrives = arrivesAs(route, id)
      const wanted = known.get(route.to)
      if (arrives !== wanted || arrives === null)
        problems.push({ route, text: problemText(route, { group, id, arrives, wanted }) })
    }
    for (const [cluster, id] of known) if (id !== group) (ids[cluster] ??= {})[group] = id
  }
  return { ids, problems }
}

/** What a group is called there. */
export function groupIdOn(ids: GroupIds | undefined, cluster: string, group: string): string {
  return ids?.[cluster]?.[group] ?? group
}

function arrivesAs({ rename }: GroupRoute, id: string): string | null {
  if (rename === undefined) return id
  return takesPart(rename, id) ? renamed(rename, id) : null
}

function problemText(
  { from, to }: GroupRoute,
  { group, id, arrives, wanted }: { group: string; id: string; arrives: string | null; wanted: string | undefined },
): string {
  const called = id === group ? group : `${group} (${id} on ${from})`
  return arrives === null
    ? `the group ${called} lacks what ${from}->${to} removes, so its positions are not translated`
    : `${from}->${to} makes ${arrives} of the group ${called}, which is ${wanted} on ${to}`
}
