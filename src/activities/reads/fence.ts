import type { ReadActivities } from '../../contract/activities.ts'
import type { AclEntry } from '../../contract/dossier.ts'
import { type AclListings, spreadOf } from '../../domain/fence/acl-listings.ts'
import { fenceAcls } from '../../domain/fence/fence.ts'
import { unreachable } from '../../ports/failures.ts'
import type { ActivityDeps } from '../deps.ts'
import type { AccessCheck } from '../../ports/cluster.ts'
import { accessesOf, asAnswered } from '../accesses.ts'
import { partlyText, planFence } from '../fence-plan.ts'

type ObserveFence = ReadActivities['observeFence']
type CheckAccess = ReadActivities['checkAccess']

/** Requests for access at the same time: each may open a connection as another principal. */
const checksAtOnce = 4

/** The ACLs of a fence, and which of them the cluster lacks now. `link`: any of the pair's; those that leave the cluster count. */
export async function observeFence(
  deps: ActivityDeps,
  { link, cluster: alias, principals, topics, operations }: Parameters<ObserveFence>[0],
  signal: AbortSignal,
): ReturnType<ObserveFence> {
  const cluster = deps.ports.cluster(alias)
  const { authorizer } = await cluster.describe(signal)
  const fence = { principals, topics, operations }
  // Without an authorizer nothing could be added: what is missing is what a fence may add.
  if (!authorizer || link === null) {
    const { acls, warnings } = fenceAcls({ ...fence, copiesAcls: false, allTopics: [], ownTopics: topics })
    const existing = authorizer && acls.length > 0 ? await cluster.acls(topics, signal) : []
    return { authorizer, wanted: acls, missing: authorizer ? missingOn(alias, existing, acls) : [], warnings }
  }
  const planned = await planFence(deps, { ...fence, pair: link.pair, cluster: alias }, signal)
  const { acls: wanted, warnings, refused } = planned
  return {
    authorizer,
    wanted,
    missing: missingOn(alias, planned.existing, wanted),
    warnings,
    ...(refused.length === 0 ? {} : { refused }),
  }
}

/**
 * What nobody has added yet. An entry that only some brokers list is being added, or removed, by somebody: it is no part of a
 * fence that stands, and whether it will be ours to lift is known when the brokers list the same.
 */
function missingOn(alias: string, existing: AclListings, wanted: AclEntry[]): AclEntry[] {
  const { missing, partly } = spreadOf(existing, wanted)
  if (partly.length > 0) throw unreachable(partlyText(alias, partly, wanted.length))
  return missing
}

/** May each principal do it, by the broker's word where its credentials are configured. */
export async function checkAccess(
  deps: ActivityDeps,
  { cluster: alias, checks }: Parameters<CheckAccess>[0],
  signal: AbortSignal,
): ReturnType<CheckAccess> {
  const cluster = deps.ports.cluster(alias)
  const asked = checks.map(({ topics: names, ...check }): AccessCheck => ({ ...check, of: 'topic', names }))
  const answers = await accessesOf(cluster, asked, { settle: asAnswered, atOnce: checksAtOnce }, signal)
  return answers.map(({ check: { principal, operation }, answer: { evidence, allowed, denied } }) => {
    return { principal, operation, evidence, allowed, denied }
  })
}
