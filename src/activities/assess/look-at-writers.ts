import type { AclEntry } from '../../contract/dossier.ts'
import type { TopicProducers } from '../../ports/cluster.ts'
import type { ActivityDeps } from '../deps.ts'
import { type Attempt, attempt } from './attempt.ts'

/** Who may write on a cluster, and who did lately. */
export interface WritersLook {
  acls: Attempt<AclEntry[]>
  producers: Attempt<TopicProducers[]>
  /** The transactional ids behind those producers, of those that have one. */
  transactional: Attempt<[producerId: number, transactionalId: string][]>
}

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
