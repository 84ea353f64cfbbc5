import type { Attempt, FenceLook, SideLook } from '../../domain/assess/world.ts'
import type { AclListings } from '../../domain/fence/acl-listings.ts'
import type { Plan } from '../../contract/plan.ts'
import type { ActivityDeps } from '../deps.ts'
import { type FenceRequest, planFence } from '../fence-plan.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { attempt } from './attempt.ts'

/** Of a move: the source; of a reset: the side that comes back. Null: there is nothing to add, or nobody to ask. */
export async function lookAtFence(
  deps: ActivityDeps,
  plan: Plan,
  { source, target, acls }: { source: SideLook; target: SideLook; acls: Promise<Attempt<AclListings>> | null },
  signal: AbortSignal,
): Promise<Attempt<FenceLook> | null> {
  const side = plan.operation === 'reset' ? target : source
  const requests = requestsOf(plan, side.alias)
  if (side.problem !== null || !side.authorizer || requests.length === 0) return null
  return attempt(async () => {
    const known = await acls
    const fences = await Promise.all(
      requests.map((request) => planFence(deps, request, signal, known?.ok ? known.value : undefined)),
    )
    const hits = [...new Set(fences.flatMap(({ hits: found }) => found.map(({ topic }) => topic)))]
    return { cluster: side.alias, fences, producers: await producersOf(deps, side.alias, hits, signal) }
  })
}

function requestsOf(plan: Plan, cluster: string): FenceRequest[] {
  if (plan.operation === 'reset' && plan.branch === 'replace') return []
  const reads = plan.operation === 'reset' || plan.fenceReads
  return [
    request(plan, cluster, 'producer', 'Write'),
    ...(reads ? [request(plan, cluster, 'consumer', 'Read')] : []),
  ].filter(({ principals }) => principals.length > 0)
}

function request(
  { pair, topics, applications }: Plan,
  cluster: string,
  kind: 'producer' | 'consumer',
  operation: 'Write' | 'Read',
): FenceRequest {
  const named = applications.flatMap((app) => (app.kind === kind && app.principal !== undefined ? [app.principal] : []))
  return { pair, cluster, topics, principals: [...new Set(named)], operations: [operation] }
}

/** Topics that are asked about apart at once, when one of them cannot be seen. */
const askedAtOnce = 4

/** One that cannot be seen does not hide who writes the others. */
async function producersOf(
  deps: ActivityDeps,
  cluster: string,
  topics: string[],
  signal: AbortSignal,
): Promise<FenceLook['producers']> {
  if (topics.length === 0) return new Map()
  const found = await attempt(() => deps.ports.cluster(cluster).producers(topics, signal))
  if (found.ok)
    return new Map(found.value.map(({ topic, producers }) => [topic, new Set(producers.map(([, id]) => id)).size]))
  if (topics.length === 1) return new Map(topics.map((topic) => [topic, null]))
  const each = await eachOf(topics, askedAtOnce, (topic) => producersOf(deps, cluster, [topic], signal))
  return new Map(each.flatMap((one) => [...one]))
}
