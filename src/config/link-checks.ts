import { addressFaults } from './address-checks.ts'
import type { LinkOutline, PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

const roles = ['source', 'checkpoint', 'heartbeat'] as const

/** Links of one pair: both directions are there, none twice, none to itself. */
export function linkFaults(pair: PairOutline, path: Path): Fault[] {
  const { primary, secondary, links } = pair
  const faults: Fault[] = []
  links.forEach((link, index) => {
    const { from, to } = link
    if (from !== undefined && from === to)
      faults.push({ path: [...path, index], message: `leads from ${from} to itself: correct from or to` })
    if (from && to && links.findIndex((other) => other.from === from && other.to === to) < index)
      faults.push({ path: [...path, index], message: `${from}->${to} stands here twice: take one out` })
    faults.push(...addressFaults(link.connect?.url, [...path, index, 'connect', 'url']))
  })
  if (primary === undefined || secondary === undefined || primary === secondary) return faults
  const legible = links.every(({ from, to }) => from !== undefined && to !== undefined)
  for (const [from, to, use] of [
    [primary, secondary, 'a failover needs it'],
    [secondary, primary, 'reset and failback need it'],
  ] as const)
    if (legible && links.length > 0 && !links.some((link) => link.from === from && link.to === to))
      faults.push({ path, message: `the link ${from}->${to} is missing: add it, ${use}` })
  return faults
}

/** A connector's name belongs to one role of one link; pairs that share the link share its connectors. */
export function connectorFaults(pairs: { name: string; pair: PairOutline }[]): Fault[] {
  const owners = new Map<string, string>()
  return pairs.flatMap(({ name, pair }) =>
    pair.links.flatMap((link, index) =>
      roles.flatMap((role) => {
        const connector = link[role]?.name
        const url = link.connect?.url
        if (connector === undefined || url === undefined) return []
        const key = `${url.replace(/\/+$/, '')} ${connector}`
        const owner = ownerOf(link, role)
        const first = owners.get(key)
        if (first === undefined) owners.set(key, owner)
        if (first === undefined || first === owner) return []
        return [
          {
            path: ['pairs', name, 'links', index, role, 'name'],
            message: `${connector} is the name of ${first} in the same Connect: choose another`,
          },
        ]
      }),
    ),
  )
}

function ownerOf({ from, to }: LinkOutline, role: (typeof roles)[number]): string {
  return `the ${role} connector of ${from ?? '?'}->${to ?? '?'}`
}
