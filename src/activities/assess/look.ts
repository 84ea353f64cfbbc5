import type { FileLook, LinkLook, SideLook, World } from '../../domain/assess/world.ts'
import type { LinkRef } from '../../contract/activities.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { MissingCopies, Phantoms } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { type TopicMirroredTo, mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { readsUncommitted } from '../../domain/plan/reads-uncommitted.ts'
import { unpackSample } from '../../domain/watch/packed-sample.ts'
import { sampleOfLink } from '../../domain/watch/remembered-links.ts'
import type { SeenCopy } from '../../domain/watch/remembered-copies.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { arrivedSince } from '../evidence/arrived.ts'
import { copiesNow, missingNow } from '../evidence/missing-now.ts'
import { keepsPositions, pairConfig } from '../configured.ts'
import { pairsOnConnector } from '../shared-links.ts'
import { usersOf } from '../../config/users.ts'
import type { Config } from '../../config/schema.ts'
import { mirroredRange, recentPhantoms } from '../evidence/phantoms.ts'
import { mirroringNow } from '../reads/mirroring-now.ts'
import { observeApplications } from '../reads/applications.ts'
import { planSelection } from '../reads/plan-selection.ts'
import { lookAtAccess } from './look-at-access.ts'
import { lookAtFence } from './look-at-fence.ts'
import { lookAtChoices } from './look-at-choices.ts'
import { lookAtLink } from './look-at-link.ts'
import { lookAtWayBack } from './way-back.ts'
import { lookAtSide } from './look-at-side.ts'
import { lookAtSchemas } from './look-at-schemas.ts'
import { lookForUnread } from './look-for-unread.ts'
import { lookAtWriters } from './look-at-writers.ts'
import { attempt } from './attempt.ts'

/** Reading what has come to the copies takes so long at most, ms. */
const arrivedWithin = 10_000

/** Looking for phantoms takes so long at most, ms: assess is a read of a minute, and is repeated. */
const phantomsWithin = 10_000

export async function look(
  deps: ActivityDeps,
  plan: Plan,
  dossier: Dossier,
  signal: AbortSignal,
  { ahead = false }: { ahead?: boolean } = {},
): Promise<World> {
  const moves = plan.operation !== 'reset'
  const ref = (link: { from: string; to: string }): LinkRef => ({ pair: plan.pair, ...link })
  // The link's position before the ends: whatever is mirrored in between makes the lag too large, never too small.
  const [link, nextLink, sourceAnswers] = await Promise.all([
    lookAtLink(deps, ref(plan.link), plan.topics, signal),
    plan.nextLink ? lookAtLink(deps, ref(plan.nextLink), nextTopics(plan), signal) : null,
    attempt(() => deps.ports.cluster(plan.source).describe(signal)).then(({ ok }) => ok),
  ])
  // The copies behind the positions, and before the ends: what comes in between is missing nowhere.
  const [copies, nextCopies] = await Promise.all([
    moves ? copiesNow(deps, { ...ref(plan.link), topics: plan.topics, sourceAnswers }, signal) : null,
    !moves && plan.nextLink
      ? copiesNow(deps, { ...ref(plan.nextLink), topics: plan.topics, sourceAnswers }, signal)
      : null,
  ])
  const [source, target] = await Promise.all([
    lookAtSide(deps, plan, plan.source, signal),
    lookAtSide(deps, plan, plan.target, signal),
  ])
  const { nextLink: next } = plan
  const nextSelection =
    !moves && next && source.problem === null && nextLink?.problem === null
      ? await attempt(() =>
          planSelection(
            deps,
            { ...ref(next), naming: plan.naming, back: { topics: plan.topics, original: null } },
            signal,
            [plan.link],
          ),
        )
      : null
  // Of the side that is fenced, read once: who may write there, and what a fence changes.
  const fenced = moves ? source : target
  const acls = fenced.problem === null ? attempt(() => deps.ports.cluster(fenced.alias).acls(null, signal)) : null
  const [access, fence, writers, phantoms, applications, mirroring, schemas, wayBack, beside] = await Promise.all([
    moves && target.problem === null ? lookAtAccess(deps, plan, target, signal) : [],
    lookAtFence(deps, plan, { source, target, acls }, signal),
    moves && acls !== null ? lookAtWriters(deps, plan, acls, signal) : null,
    moves && source.problem === null && !ahead ? lookForPhantoms(deps, plan, { source, link }, signal) : null,
    moves
      ? observeApplications(deps, { pair: plan.pair, names: plan.applications.map(({ name }) => name) }, signal)
      : [],
    mirroringNow(deps, ref(plan.link), known(source, target), signal),
    lookAtSchemas(deps, plan, signal),
    lookAtWayBack(deps, plan, signal),
    lookAtChoices(deps, plan, dossier, { source, target }, signal),
  ])
  const [missing, nextMissing, unread] = await Promise.all([
    moves ? lacking(deps, plan.pair, dossier, { link, side: source, copies }, signal) : [],
    nextLink && !moves
      ? lacking(deps, plan.pair, dossier, { link: nextLink, side: source, copies: nextCopies }, signal)
      : [],
    moves ? lookForUnread(deps, plan, dossier, { link, source, copies }, signal) : [],
  ])
  const arrived = moves && source.problem !== null ? await arrivedInCopies(deps, plan, dossier, signal) : []
  const local = pairConfig(deps.config(), plan.pair).topics
  return {
    link,
    nextLink,
    source,
    target,
    nextSelection,
    access,
    fence,
    writers,
    copies,
    nextCopies,
    missing,
    nextMissing,
    unread,
    arrived,
    phantoms,
    applications,
    schemas,
    wayBack,
    beside,
    mirroring,
    local,
    file: fileLook(deps.config(), plan),
  }
}

function fileLook(config: Config, { pair, source, link }: Plan): FileLook {
  const { applications, fence } = pairConfig(config, pair)
  return {
    ours: usersOf(config.clusters[source]),
    applications,
    ignorePrincipals: fence.ignorePrincipals,
    ignoreProducersOf: fence.ignoreProducersOf,
    pairsOnLink: pairsOnConnector(config, { pair, ...link }),
    oneForAll: keepsPositions(config, { pair, ...link }),
  }
}

/** Of a link that is enabled at a reset the positions count as well: they may be of an earlier episode. */
function nextTopics({ operation, topics }: Plan): string[] {
  return operation === 'reset' ? topics : []
}

async function lacking(
  deps: ActivityDeps,
  pair: string,
  dossier: Dossier,
  { link, side, copies }: { link: LinkLook; side: SideLook; copies: SeenCopy[] | null },
  signal: AbortSignal,
): Promise<MissingCopies[]> {
  const { from, to } = link
  const packed = sampleOfLink(dossier, { from, to })
  const sample = packed && unpackSample(packed)
  if (side.problem !== null || side.alias !== from || !link.mirroredTo.ok) return sample?.missing ?? []
  return missingNow(
    deps,
    { pair, from, to },
    {
      at: timestamp(deps),
      sample,
      mirroredTo: link.mirroredTo.value,
      copies,
      ends: side.ends,
      settlements: dossier.settlements.filter(({ cluster }) => cluster === from),
      still: link.description?.state === 'stopped',
    },
    signal,
  )
}

/** What came to the target since the source was seen last makes the loss smaller. */
async function arrivedInCopies(
  deps: ActivityDeps,
  { link, topics, naming }: Plan,
  dossier: Dossier,
  signal: AbortSignal,
): Promise<TopicMirroredTo[]> {
  const packed = sampleOfLink(dossier, link)
  if (packed === null) return []
  const cluster = deps.ports.cluster(link.to)
  const began = deps.clock.now().getTime()
  const until = () => deps.clock.now().getTime() - began > arrivedWithin
  const found = await attempt(() =>
    arrivedSince(cluster, { sample: unpackSample(packed), naming, from: link.from, topics }, until, signal),
  )
  return found.ok ? found.value : []
}

function known(...sides: SideLook[]): Map<string, string[]> {
  return new Map(sides.map(({ alias, problem, liveTopics }) => [alias, problem === null ? liveTopics : []]))
}

async function lookForPhantoms(
  { ports, clock }: ActivityDeps,
  plan: Plan,
  { source, link }: Pick<World, 'source' | 'link'>,
  signal: AbortSignal,
): Promise<Phantoms | null> {
  if (!readsUncommitted(link.description) || !link.mirroredTo.ok) return null
  const mirroredTo = link.mirroredTo.value
  const ranges = source.ends
    .filter(({ topic }) => plan.topics.includes(topic))
    .flatMap(({ topic, partitions }) => {
      const offsets = mirroredOffsets(mirroredTo, topic)
      return partitions.flatMap((row) => mirroredRange(topic, row, offsets.get(row[0])))
    })
  return recentPhantoms({ clock, cluster: ports.cluster(plan.source) }, ranges, phantomsWithin, signal)
}
