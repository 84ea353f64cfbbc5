import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../contract/errors.ts'
import type { AclEntry } from '../contract/dossier.ts'
import type { Naming } from '../contract/plan.ts'
import { bearer, covers, entryInWords, withoutAcl } from '../domain/fence/acl.ts'
import { type AclListings, bearingOn, listedSomewhere } from '../domain/fence/acl-listings.ts'
import { fenceAcls, ofAFence, type PlannedFence } from '../domain/fence/fence.ts'
import { remoteName } from '../domain/names/naming.ts'
import { listed, namingOf, pairConfig } from './configured.ts'
import type { ActivityDeps } from './deps.ts'
import { opennessOf } from './openness.ts'

/** A Connect cluster is looked at in passing: one that takes longer copies nothing now, and a fence cannot wait for it, ms. */
const linkMs = 5_000

export interface FenceRequest {
  pair: string
  cluster: string
  principals: string[]
  topics: string[]
  operations: ('Write' | 'Read')[]
}

/**
 * The ACLs that fence a cluster with an authorizer, by the ACLs and topics as they are: made of prefixes where a link that
 * leaves it copies literal ones to its target, and with an ALLOW for everybody where nothing else admits anybody.
 */
export async function planFence(
  deps: ActivityDeps,
  request: FenceRequest,
  signal: AbortSignal,
  /** Every ACL on topics, where it was just read. */
  known?: AclListings,
): Promise<PlannedFence> {
  const { pair, cluster: alias, ...fence } = request
  const cluster = deps.ports.cluster(alias)
  const leaving = pairConfig(deps.config(), pair).links.filter(({ from }) => from === alias)
  const [copying, existing] = await Promise.all([
    Promise.all(leaving.map(async ({ to }) => ((await copiesAcls(deps, pair, alias, to, signal)) ? [to] : []))),
    known === undefined ? cluster.acls(fence.topics, signal) : bearingOn(known, fence.topics),
  ])
  const to = copying.flat()
  const all = to.length > 0 ? (known ?? (await cluster.acls(null, signal))) : existing
  // What ACLs keep even from us is in no list of topics: its name stands in its ACLs.
  const allTopics =
    to.length > 0
      ? [...new Set([...(await cluster.listTopics(signal)), ...named(listedSomewhere(all), fence.principals)])]
      : []
  const asked = [...new Set([...fence.topics, ...allTopics])]
  const { without, partly } = bearing(all, asked, fence.principals)
  const openness = without.length === 0 ? 'closed' : await opennessOf(deps, alias, without, signal)
  const open = openness === 'open' ? without : []
  const split = openness === 'open' ? partly.filter((topic) => fence.topics.includes(topic)) : []
  // Brokers that do not agree on it admit everybody here and nobody there: neither an ALLOW nor a lone DENY leaves that as it is.
  const opened = fence.topics.filter((topic) => open.includes(topic) && !split.includes(topic))
  const withoutAny = new Set(without.filter((topic) => !partly.includes(topic)))
  const naming = namingOf(deps.config(), pair)
  const planned = fenceAcls({
    ...fence,
    copiesAcls: to.length > 0,
    allTopics,
    // Denied there as well they do no harm: copies are written by the mirroring alone.
    ownTopics: fence.topics.flatMap((topic) => [topic, ...naming.aliases.map((one) => remoteName(naming, one, topic))]),
    open: opened,
    openOthers: open.filter((topic) => !fence.topics.includes(topic)),
    restricted: asked.filter((topic) => !withoutAny.has(topic)),
    travelsWell: await travelsWell(deps, to, { alias, naming, topics: fence.topics }, signal),
  })
  const unknown = openness === 'unknown' ? touched(planned.acls, without) : []
  return {
    ...planned,
    existing,
    open: opened,
    refused: [
      ...planned.refused,
      ...(unknown.length === 0 ? [] : [unknownText(alias, unknown)]),
      ...(split.length === 0 ? [] : [splitText(alias, split)]),
    ],
  }
}

function named(acls: readonly AclEntry[], principals: readonly string[]): string[] {
  return acls
    .filter((acl) => acl.resource === 'topic' && acl.name !== '*' && !ofAFence(acl, principals))
    .map(({ name }) => name)
}

function touched(acls: readonly AclEntry[], topics: string[]): string[] {
  return topics.filter((topic) => acls.some((acl) => covers(acl, topic)))
}

/** Neither there nor missing. */
export function partlyText(alias: string, partly: readonly AclEntry[], of: number): string {
  return `Brokers of ${alias} do not list the same ACLs: ${partly.length} of the ${of} entries of the fence are on some of them only (${listed(partly.map(entryInWords))}). A broker applies a change as soon as it has it from the controller: check the brokers and controllers of ${alias} if this lasts.`
}

/** Topics without an ACL of others, by some broker, and those of them that have one by another broker. */
function bearing(
  listings: AclListings,
  topics: string[],
  principals: readonly string[],
): { without: string[]; partly: string[] } {
  const each = listings.map((acls) =>
    bearer(acls.filter((acl) => acl.resource === 'topic' && !ofAFence(acl, principals))),
  )
  const without = topics.filter((topic) => each.some((bears) => !bears(topic)))
  return { without, partly: without.filter((topic) => each.some((bears) => bears(topic))) }
}

function splitText(alias: string, topics: string[]): string {
  return `Brokers of ${alias} do not list the same ACLs: by some of them ${listed(topics)} has none, and everybody may use it, by others it has some. A broker applies a change as soon as it has it from the controller: try again when they agree, and check the brokers and controllers of ${alias} if this lasts.`
}

/** A DENY that is copied is harmless where it is not the first ACL of a copy that is open, and the copy has a name of its own. */
async function travelsWell(
  deps: ActivityDeps,
  targets: string[],
  { alias, naming, topics }: { alias: string; naming: Naming; topics: string[] },
  signal: AbortSignal,
): Promise<string[]> {
  const copies = topics.map((topic) => remoteName(naming, alias, topic))
  const harmless = await Promise.all(
    targets.map(async (target) => {
      const cluster = deps.ports.cluster(target)
      const listings = (await unlessUnreachable(cluster.acls(copies, signal))) ?? [[]]
      const without = [...new Set(listings.flatMap((acls) => withoutAcl(acls, 'topic', copies)))]
      const open = without.length === 0 ? false : await unlessUnreachable(cluster.allowsWithoutAcl(without, signal))
      return (copy: string) => open === false || !without.includes(copy)
    }),
  )
  return topics.filter((topic, index) => {
    const copy = copies[index] ?? topic
    return copy !== topic && harmless.every((allows) => allows(copy))
  })
}

function unknownText(alias: string, topics: string[]): string {
  return `${listed(topics)} on ${alias} has no ACL, and ${alias} does not show whether everybody may use such a topic (allow.everyone.if.no.acl.found). If so, a DENY as its only ACL would shut out the mirroring and the consumers. Say so in clusters.${alias}.openWithoutAcls; or add credentials of an application to clusters.${alias}.principals, so that the brokers can be asked; or give the topics ACLs of their own.`
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
    if (isUnreachable(error)) return false
    throw error
  }
}

async function unlessUnreachable<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    if (isUnreachable(error)) return undefined
    throw error
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === errorTypes.unreachable
}
