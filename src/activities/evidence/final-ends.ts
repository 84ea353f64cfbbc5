import { ApplicationFailure } from '@temporalio/common'
import type { TopicEnds } from '../../contract/evidence.ts'
import { type Unreplicated, unreplicated } from '../../domain/certificate/stillness.ts'
import type { AccessCheck, ClusterLooks } from '../../ports/cluster.ts'
import { accessesOf, asAnswered } from '../accesses.ts'
import { isConfigurationFault } from '../faults.ts'

export interface RefusedWrites {
  principal: string
  evidence: string
  allowed: string[]
}

/** What every leader says of the principals' writes; `leaders`: who that was, null where nobody was asked as the principal. */
export interface WritesSeen {
  access: RefusedWrites[]
  leaders: string | null
}

/** Requests for access at the same time: each may open a connection as another principal. */
const principalsAtOnce = 8

export async function writesOf(
  cluster: ClusterLooks,
  principals: readonly string[],
  topics: string[],
  signal: AbortSignal,
): Promise<WritesSeen> {
  const checks = principals.map((principal): AccessCheck => ({
    principal,
    operation: 'Write',
    of: 'topic',
    names: topics,
  }))
  const answers = await accessesOf(cluster, checks, { settle: asAnswered, atOnce: principalsAtOnce }, signal)
  const seen = answers.map(({ check: { principal }, answer }) => ({ principal, ...answer }))
  const asked = seen.length > 0 && seen.every((one) => one.evidence === 'asked-as-principal' && one.leaders)
  return {
    access: seen.map(({ principal, evidence, allowed }) => ({ principal, evidence, allowed })),
    leaders: asked ? JSON.stringify(seen.map(({ leaders }) => leaders)) : null,
  }
}

/** Partitions whose leader has taken more than is replicated, asked after their ends. Null where the cluster does not tell. */
export async function unreplicatedNow(
  cluster: ClusterLooks,
  ends: readonly TopicEnds[],
  signal: AbortSignal,
): Promise<Unreplicated[] | null> {
  try {
    return unreplicated(
      ends,
      await cluster.logEnds(
        ends.map(({ topic }) => topic),
        signal,
      ),
    )
  } catch (error) {
    if (signal.aborted || !(error instanceof ApplicationFailure) || isConfigurationFault(error)) throw error
    return null
  }
}
