import type { Dossier } from '../../contract/dossier.ts'
import type { OperationName } from '../../contract/names.ts'
import type { Plan } from '../../contract/plan.ts'
import type { StartInput } from '../../contract/start-input.ts'

export type Sides = Pick<Plan, 'source' | 'target' | 'link' | 'nextLink'>

/** Which cluster is left, which is moved to, and the links between them, from what the pair remembers. */
export function sidesOf(operation: OperationName, input: StartInput, dossier: Dossier): Sides {
  const { active, standby } = dossier
  if (operation === 'reset') {
    const old = leftSide(dossier)
    const target = input.replacement ?? old
    return { source: active, target, link: { from: old, to: active }, nextLink: { from: active, to: target } }
  }
  const move = { source: active, target: standby, link: { from: active, to: standby } }
  return operation === 'failover' ? move : { ...move, nextLink: { from: standby, to: active } }
}

/** The side this episode's failover left. Once a replacement is recorded it is the standby no more. */
function leftSide({ active, standby, episode }: Dossier): string {
  const original = episode?.original?.link
  return original?.to === active ? original.from : standby
}
