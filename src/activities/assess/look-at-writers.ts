import { withoutAcl } from '../../domain/fence/acl.ts'
import { type AclListings, bearingOn } from '../../domain/fence/acl-listings.ts'
import type { Attempt, WritersLook } from '../../domain/assess/world.ts'
import type { AskedProducer } from '../../domain/fence/exempt-producers.ts'
import type { Plan } from '../../contract/plan.ts'
import type { ActivityDeps } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { attempt } from './attempt.ts'

/** Each opens a connection as another principal. */
const askedAtOnce = 4

export async function lookAtWriters(
  deps: ActivityDeps,
  plan: Plan,
  listed: Promise<Attempt<AclListings>>,
  signal: AbortSignal,
): Promise<WritersLook> {
  const cluster = deps.ports.cluster(plan.source)
  const [all, producers, asked] = await Promise.all([
    listed,
    attempt(() => cluster.producers(plan.topics, signal)),
    askProducers(deps, plan, signal),
  ])
  const acls = all.ok ? { ok: true as const, value: bearingOn(all.value, plan.topics) } : all
  const ids = producers.ok ? producers.value.flatMap((topic) => topic.producers.map(([, id]) => id)) : []
  const [transactional, open] = await Promise.all([
    attempt(async () => (ids.length === 0 ? [] : cluster.transactionalIds([...new Set(ids)], signal))),
    acls.ok ? opennessOf(deps, plan, acls.value, signal) : null,
  ])
  return { acls, producers, transactional, asked, open }
}

/** Those whose credentials are configured; what is not answered is not known. */
async function askProducers(deps: ActivityDeps, plan: Plan, signal: AbortSignal): Promise<AskedProducer[]> {
  const cluster = deps.ports.cluster(plan.source)
  const configured = Object.keys(deps.config().clusters[plan.source]?.principals ?? {})
  const answers = await eachOf(configured, askedAtOnce, async (principal): Promise<AskedProducer[]> => {
    const topics = plan.applications.flatMap((app) =>
      app.kind === 'producer' && app.principal === principal ? app.topics : [],
    )
    if (topics.length === 0) return []
    const answer = await attempt(() => cluster.access(principal, 'Write', [...new Set(topics)], signal))
    if (!answer.ok || answer.value.evidence !== 'asked-as-principal') return []
    const { allowed, administers = [] } = answer.value
    return [{ principal, allowed, administers }]
  })
  return answers.flat()
}

/** Of topics without an ACL that a producer of the plan writes. */
async function opennessOf(
  deps: ActivityDeps,
  plan: Plan,
  acls: AclListings,
  signal: AbortSignal,
): Promise<boolean | null> {
  const written = plan.applications.flatMap(({ kind, principal, topics }) =>
    kind === 'producer' && principal !== undefined ? topics : [],
  )
  const without = [...new Set(acls.flatMap((listing) => withoutAcl(listing, 'topic', [...new Set(written)])))]
  if (without.length === 0) return null
  const answer = await attempt(() => deps.ports.cluster(plan.source).allowsWithoutAcl(without, signal))
  return answer.ok ? answer.value : null
}
