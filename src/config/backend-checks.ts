import type { MirroringBackend, PlacedLink } from '../backends/backend.ts'
import type { AddedKeys } from './added-keys.ts'
import { backendNamed, backends, clusterKeys, defaultBackend, fileKeys } from '../backends/chosen.ts'
import type { LinkOutline, Outline, PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

/** What each backend finds in its own links and keys. */
export function backendFaults(outline: Outline): Fault[] {
  const links = Object.entries(outline.pairs).flatMap(([pairName, pair]) =>
    pair === null ? [] : pair.links.map((link, index): PlacedLink => ({ link, pair, pairName, index })),
  )
  return [
    ...keyFaults(outline, [], fileKeys),
    ...Object.entries(outline.clusters ?? {}).flatMap(([alias, cluster]) =>
      keyFaults(cluster, ['clusters', alias], clusterKeys),
    ),
    ...backends.flatMap((backend) => {
      const own = links.filter(({ pair, link }) => backendIn(pair, link) === backend)
      return own.length === 0 ? [] : backend.faults(own, outline)
    }),
  ]
}

/** The backend that an entry means, as far as it can be read; undefined: there is none of this name. */
export function backendIn(pair: PairOutline, link: LinkOutline): MirroringBackend | undefined {
  return backendNamed(link.backend ?? pair.mirroring?.backend ?? defaultBackend)
}

function keyFaults(holder: object, path: Path, keys: AddedKeys): Fault[] {
  return Object.entries(keys).flatMap(([key, added]) => {
    const value: unknown = Reflect.get(holder, key)
    return value === undefined ? [] : added.faults(value, [...path, key])
  })
}
