import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../contract/errors.ts'
import type { AclEntry } from '../contract/dossier.ts'
import { fenceAcls } from '../domain/fence.ts'
import { remoteName } from '../domain/naming.ts'
import { namingOf, pairConfig } from './configured.ts'
import type { ActivityDeps } from './deps.ts'

/** A Connect cluster is looked at in passing: one that takes longer copies nothing now, and a fence cannot wait for it, ms. */
const linkMs = 5_000

export interface FenceRequest {
  pair: string
  cluster: string
  principals: string[]
  topics: string[]
  operations: ('Write' | 'Read')[]
}

/** The ACLs that fence a cluster: made of prefixes when a link that leaves it copies literal ones to its target. */
export async function planFence(
  deps: ActivityDeps,
  { pair, cluster, ...fence }: FenceRequest,
  signal: AbortSignal,
): Promise<{ acls: AclEntry[]; warnings: string[] }> {
  const leaving = pairConfig(deps.config(), pair).links.filter(({ from }) => from === cluster)
  const copies = await Promise.all(leaving.map(({ to }) => copiesAcls(deps, pair, cluster, to, signal)))
  const copiesAny = copies.includes(true)
  const naming = namingOf(deps.config(), pair)
  return fenceAcls({
    ...fence,
    copiesAcls: copiesAny,
    allTopics: copiesAny ? await deps.ports.cluster(cluster).listTopics(signal) : [],
    // Denied there as well they do no harm: copies are written by the mirroring alone.
    ownTopics: fence.topics.flatMap((topic) => [
      topic,
      ...naming.aliases.map((alias) => remoteName(naming, alias, topic)),
    ]),
  })
}

async function copiesAcls(
  deps: ActivityDeps,
  pair: string,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.timeout(linkMs)
  try {
    return (await deps.ports.mirroring(pair, from, to).describe(AbortSignal.any([signal, limit]))).copiesAcls
  } catch (error) {
    if (limit.aborted && !signal.aborted) return false
    if (error instanceof ApplicationFailure && error.type === errorTypes.unreachable) return false
    throw error
  }
}
