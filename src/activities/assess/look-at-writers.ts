import type { WritersLook } from '../../domain/assess/world.ts'
import type { ActivityDeps } from '../deps.ts'
import { attempt } from './attempt.ts'

export async function lookAtWriters(
  deps: ActivityDeps,
  alias: string,
  topics: string[],
  signal: AbortSignal,
): Promise<WritersLook> {
  const cluster = deps.ports.cluster(alias)
  const [acls, producers] = await Promise.all([
    attempt(() => cluster.acls(topics, signal)),
    attempt(() => cluster.producers(topics, signal)),
  ])
  const ids = producers.ok ? producers.value.flatMap((topic) => topic.producers.map(([, id]) => id)) : []
  const transactional = await attempt(async () =>
    ids.length === 0 ? [] : cluster.transactionalIds([...new Set(ids)], signal),
  )
  return { acls, producers, transactional }
}
