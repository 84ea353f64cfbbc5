import { z } from 'zod'
import { addressFaults } from '../../config/address-checks.ts'
import type { LinkOutline } from '../../config/outline.ts'
import type { Fault } from '../../config/place.ts'
import type { PlacedLink } from '../backend.ts'
import { addressOf } from './settings.ts'

export const roles = ['source', 'checkpoint', 'heartbeat'] as const
type Role = (typeof roles)[number]

const text = z.string().optional().catch(undefined)
const connector = z.object({ name: text }).optional().catch(undefined)

/** An entry as far as it can be read. */
const outline = z
  .object({
    connect: z.object({ url: text }).optional().catch(undefined),
    source: connector,
    checkpoint: connector,
    heartbeat: connector,
  })
  .catch({})

export function linkFaults(links: readonly PlacedLink[]): Fault[] {
  return [
    ...links.flatMap(({ link, pairName, index }) =>
      addressFaults(outline.parse(link).connect?.url, ['pairs', pairName, 'links', index, 'connect', 'url']),
    ),
    ...connectorFaults(links),
  ]
}

/** A connector's name belongs to one role of one link; pairs that share the link share its connectors. */
function connectorFaults(links: readonly PlacedLink[]): Fault[] {
  const owners = new Map<string, string>()
  return links.flatMap(({ link, pairName, index }) => {
    const known = outline.parse(link)
    return roles.flatMap((role) => {
      const connector = known[role]?.name
      const url = known.connect?.url
      if (connector === undefined || url === undefined) return []
      const key = `${addressOf({ connect: { url } })} ${connector}`
      const owner = ownerOf(link, role)
      const first = owners.get(key)
      if (first === undefined) owners.set(key, owner)
      if (first === undefined || first === owner) return []
      return [
        {
          path: ['pairs', pairName, 'links', index, role, 'name'],
          message: `${connector} is the name of ${first} in the same Connect: choose another`,
        },
      ]
    })
  })
}

function ownerOf({ from, to }: LinkOutline, role: Role): string {
  return `the ${role} connector of ${from ?? '?'}->${to ?? '?'}`
}
