import type { Plan } from '../../contract/plan.ts'
import { findLink, linkName, pairConfig } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import { inPassing, otherMs } from '../reads/mirroring-now.ts'
import { attempt } from './attempt.ts'

/** Why a failover could not be followed by a reset; null: nothing stands against it, or its Connect does not answer now. */
export async function lookAtWayBack(deps: ActivityDeps, plan: Plan, signal: AbortSignal): Promise<string | null> {
  if (plan.operation !== 'failover') return null
  const back = { from: plan.target, to: plan.source }
  if (findLink(pairConfig(deps.config(), plan.pair), back.from, back.to) === undefined)
    return `switchback.yaml has no link ${linkName(back)}. Add it to the pair's links`
  const described = await attempt(() =>
    inPassing(
      (within) => deps.ports.mirroring(plan.pair, back.from, back.to).describe(within),
      signal,
      // Its Connect lives on the side that is left, and where that is lost it answers late or never.
      AbortSignal.timeout(otherMs),
    ),
  )
  if (!described.ok || described.value?.creatable !== false) return null
  return `${linkName(back)} does not exist on Kafka Connect (${described.value.detail}), and switchback.yaml has no settings to create it with. Add config to its source connector, or create the connector`
}
