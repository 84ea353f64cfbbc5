import type { NameRule } from '../backends/backend.ts'
import { type GroupRoute, groupIds } from '../domain/names/group-ids.ts'
import { renamed, takesPart } from '../domain/names/name-transform.ts'
import { backendIn } from './backend-checks.ts'
import type { PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

interface NamedPair {
  name: string
  pair: PairOutline
}

/** Names of copies and groups: what a run could not tell apart, or would mirror back, is refused before anything is done. */
export function namingFaults(pairs: NamedPair[]): Fault[] {
  return [
    ...pairs.flatMap(({ name, pair }) => {
      const path = ['pairs', name]
      const links = namedLinks(pair)
      return [...keptFaults(pair, links, path), ...renameFaults(pair, links, path), ...groupFaults(pair, links, path)]
    }),
    ...sharedIdFaults(pairs),
  ]
}

/** Where copies keep their names a topic and its copy are one log. */
function keptFaults({ naming, order }: PairOutline, links: NamingLink[], path: Path): Fault[] {
  const kept = links.filter(({ copies }) => copies?.type === 'none')
  if (naming?.kind !== 'none' && kept.length === 0) return []
  const faults: Fault[] = []
  if (naming?.kind !== 'none' && kept.length < links.length)
    faults.push({
      path: [...path, 'links'],
      message: `${kept.map(label).join(', ')} ${kept.length === 1 ? 'keeps' : 'keep'} the names of topics and the other links do not: what came from one side would be mirrored back to it. Set ${keyOf(kept)} {type: none} on all of them, or on none`,
    })
  if (order === 'documented')
    faults.push({
      path: [...path, 'order'],
      message:
        'with the names of topics kept, producers would write into a topic that is still mirrored into: use lag-first',
    })
  return faults
}

function renameFaults({ topics }: PairOutline, links: NamingLink[], path: Path): Fault[] {
  return links.flatMap((link, index) => {
    const earlier = links.slice(0, index)
    const first = earlier.find(({ from }) => from !== undefined && from === link.from)
    const at = [...path, 'links', index, keyOf(first ? [link, first] : [link])]
    const rename = link.copies?.rename
    if (first && transformText(first) !== transformText(link))
      return [
        {
          path: at,
          message: `${label(first)} calls copies of ${link.from ?? '?'} otherwise: set the same on all links that leave a cluster`,
        },
      ]
    // One that says nothing is a fault of the schema.
    if (rename === undefined || !Object.values(rename).some(Boolean)) return []
    if (!rename.addPrefix && !rename.addSuffix)
      return [
        {
          path: at,
          message: 'adds nothing to a name, so a copy could be any topic: set addPrefix or addSuffix',
        },
      ]
    const twin = earlier.find(
      (other) => other.to === link.to && other.from !== link.from && transformText(other) === transformText(link),
    )
    return [
      ...(twin
        ? [
            {
              path: at,
              message: `copies by ${label(twin)} would be called the same on ${link.to ?? '?'}: add another word`,
            },
          ]
        : []),
      ...topics.flatMap((topic) => {
        if (topic === '') return []
        if (!takesPart(rename, topic))
          return [
            {
              path: at,
              message: `${topic} lacks what is removed, so it would not be mirrored: correct it, or leave the topic out`,
            },
          ]
        const copy = renamed(rename, topic)
        return topics.includes(copy)
          ? [
              {
                path: at,
                message: `the copy of ${topic} would be called ${copy}, which is a topic of the pair: add another word`,
              },
            ]
          : []
      }),
    ]
  })
}

/** Each group has one id on each cluster, by whichever link its positions come. */
function groupFaults({ primary, applications }: PairOutline, links: NamingLink[], path: Path): Fault[] {
  const routes = routesOf(links)
  if (primary === undefined || !routes.some(({ rename }) => rename !== undefined)) return []
  return groupIds(primary, routes, groupsOf(applications)).problems.map(({ route, text }) => ({
    path: [...path, 'links', routes.indexOf(route), ...groupKeyOf(links)],
    message: `${text}: let the links of both directions undo each other (addPrefix there, removePrefix back)`,
  }))
}

/** A group that is renamed must not become another pair's. */
function sharedIdFaults(pairs: NamedPair[]): Fault[] {
  const owners = new Map<string, string>()
  return pairs.flatMap(({ name, pair }) => {
    const { primary, applications } = pair
    if (primary === undefined) return []
    const links = namedLinks(pair)
    const groups = groupsOf(applications)
    const { ids } = groupIds(primary, routesOf(links), groups)
    const clusters = new Set([primary, ...links.flatMap(({ to }) => to ?? [])])
    return [...clusters].flatMap((cluster) =>
      groups.flatMap((group) => {
        const id = ids[cluster]?.[group]
        const key = `${cluster} ${id ?? group}`
        const owner = owners.get(key)
        owners.set(key, `${group} of ${name}`)
        // Without a rename it is the same group twice, which is told elsewhere.
        return owner === undefined || (id === undefined && owner.startsWith(`${group} `))
          ? []
          : [
              {
                path: ['pairs', name, 'applications'],
                message: `the group ${group} is ${id ?? group} on ${cluster}, as is ${owner}: rename one`,
              },
            ]
      }),
    )
  })
}

/** A link with the names that its backend gives to copies and groups. */
interface NamingLink {
  from: string | undefined
  to: string | undefined
  copies?: NameRule
  groups?: NameRule
}

function namedLinks(pair: PairOutline): NamingLink[] {
  return pair.links.map((link) => ({ from: link.from, to: link.to, ...backendIn(pair, link)?.names(link) }))
}

/** Where a link says how copies are called. */
function keyOf(links: readonly NamingLink[]): string {
  return links.find(({ copies }) => copies !== undefined)?.copies?.key ?? 'from'
}

function groupKeyOf(links: readonly NamingLink[]): string[] {
  return links.flatMap(({ groups }) => groups?.key ?? []).slice(0, 1)
}

function routesOf(links: NamingLink[]): GroupRoute[] {
  return links.map(({ from = '', to = '', groups }) => ({ from, to, rename: groups?.rename }))
}

function groupsOf(applications: PairOutline['applications']): string[] {
  return [...new Set(applications.flatMap(({ group }) => (group === undefined ? [] : [group])))]
}

function transformText({ copies }: NamingLink): string {
  if (copies?.type !== 'rename') return copies?.type ?? ''
  const { rename } = copies
  return JSON.stringify([rename?.addPrefix, rename?.removePrefix, rename?.addSuffix, rename?.removeSuffix])
}

function label({ from, to }: NamingLink): string {
  return `${from ?? '?'}->${to ?? '?'}`
}
