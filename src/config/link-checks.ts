import type { PairOutline } from './outline.ts'
import type { Fault, Path } from './place.ts'

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
