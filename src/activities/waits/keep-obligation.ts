import type { WaitActivities } from '../../contract/activities.ts'
import type { AclEntry } from '../../contract/dossier.ts'
import { spreadOf } from '../../domain/fence/acl-listings.ts'
import type { ActivityDeps } from '../deps.ts'
import { partlyText, planFence } from '../fence-plan.ts'
import { permitted } from '../permitted.ts'
import { lookUntil } from './look-until.ts'

type Input = Parameters<WaitActivities['keepObligation']>[0]
type Kept = Awaited<ReturnType<WaitActivities['keepObligation']>>

/**
 * Waits for a dark cluster, then tells which ACLs of the fence are missing (`apply: false`) or creates them
 * (`apply: true`). What cannot be fenced by ACLs is never reached: a person has to see to it and discharge it.
 */
export async function keepObligation(deps: ActivityDeps, input: Input): Promise<Kept> {
  const cluster = deps.ports.cluster(input.cluster)
  const { topics } = input.fence
  let added: AclEntry[] = []
  const { verdict, problem } = await lookUntil<Kept>(input, async (signal) => {
    const look = (kept: Kept) => ({ verdict: kept, done: kept.reached, live: { detail: kept.detail } })
    const { authorizer } = await cluster.describe(signal)
    if (!authorizer) {
      return look(
        notReached(
          `${input.cluster} has no authorizer: nothing there can refuse a producer. Keep its producers stopped, then discharge this manually.`,
        ),
      )
    }
    const {
      acls: wanted,
      refused,
      existing,
    } = await planFence(deps, { ...input.fence, pair: input.pair, cluster: input.cluster }, signal)
    if (refused.length > 0) return look(notReached(refused.join(' ')))
    if (wanted.length === 0) {
      return look(
        notReached(
          `No principal is known, so a fence on ${input.cluster} would deny nobody. Deny the writers there, then discharge this manually.`,
        ),
      )
    }
    const { missing, partly } = spreadOf(existing, wanted)
    if (partly.length > 0) return look(notReached(partlyText(input.cluster, partly, wanted.length)))
    if (!input.apply || missing.length === 0) {
      const told = added.length > 0 ? added : missing
      const detail = `${input.cluster} answers; ${missing.length} of ${wanted.length} ACLs of the fence are missing`
      return look({ reached: true, missing: told, detail })
    }
    added = missing
    await permitted(deps, input.pair).cluster(input.cluster).createAcls(missing, signal)
    const after = spreadOf(await cluster.acls(topics, signal), wanted)
    const still = [...after.missing, ...after.partly]
    const detail = `${missing.length - still.length} of ${missing.length} missing ACLs were added on ${input.cluster}`
    return look({ reached: still.length === 0, missing, detail })
  })
  if (verdict !== undefined && problem === null) return verdict
  return notReached(problem ?? `${input.cluster} was not checked`)
}

function notReached(detail: string): Kept {
  return { reached: false, missing: [], detail }
}
