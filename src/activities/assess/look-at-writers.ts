import { type AclListings, bearingOn } from '../../domain/acl-listings.ts'
import type { Attempt, WritersLook } from '../../domain/assess/world.ts'
import type { ActivityDeps } from '../deps.ts'
import { attempt } from './attempt.ts'

export async function lookAtWriters(
  deps: ActivityDeps,
  alias: string,
  { topics, acls: listed }: { topics: string[]; acls: Promise<Attempt<AclListings>> },
  signal: AbortSignal,
): Promise<WritersLook> {
  const cluster = deps.ports.cluster(alias)
  const [acls, producers] = await Promise.all([
    listed.then((look) => (look.ok ? { ok: true as const, value: bearingOn(look.value, topics) } : look)),
    attempt(() => cluster.producers(topics, signal)),
  ])
  const ids = producers.ok ? producers.value.flatMap((topic) => topic.producers.map(([, id]) => id)) : []
  const transactional = await attempt(async () =>
    ids.length === 0 ? [] : cluster.transactionalIds([...new Set(ids)], signal),
  )
  return { acls, producers, transactional }
}
