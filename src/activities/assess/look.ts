import type { AppState, LinkRef } from '../../contract/activities.ts'
import type { Phantoms } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { mirroredOffsets } from '../../domain/certificate.ts'
import type { ActivityDeps } from '../deps.ts'
import { pairConfig } from '../configured.ts'
import { mirroredRange, readsUncommitted, recentPhantoms } from '../evidence/phantoms.ts'
import { type MirroringNow, mirroringNow } from '../reads/mirroring-now.ts'
import { observeApplications } from '../reads/applications.ts'
import { planSelection } from '../reads/plan-selection.ts'
import { type AccessLook, lookAtAccess } from './look-at-access.ts'
import { type FenceLook, lookAtFence } from './look-at-fence.ts'
import { type LinkLook, lookAtLink } from './look-at-link.ts'
import { lookAtWayBack } from './way-back.ts'
import { type SideLook, lookAtSide } from './look-at-side.ts'
import { lookAtSchemas, type SchemasLook } from './look-at-schemas.ts'
import { type WritersLook, lookAtWriters } from './look-at-writers.ts'
import { type Attempt, attempt } from './attempt.ts'

/** Looking for phantoms takes so long at most, ms: assess is a read of a minute, and is repeated. */
const phantomsWithin = 10_000

/** What an assessment rests on: read once, then judged without another look. */
export interface World {
  link: LinkLook
  nextLink: LinkLook | null
  source: SideLook
  target: SideLook
  /** What the link to be enabled would be given, and topics that would come round again (reset). */
  nextSelection: Attempt<{ refused: string[] }> | null
  access: AccessLook[]
  /** What the fence would be, and whom else it would hit; null: there is none. */
  fence: Attempt<FenceLook> | null
  /** On the source of a move; null when there is none or it does not answer. */
  writers: WritersLook | null
  /** In the copies that the link of a move has made; null: none, or nobody can tell. */
  phantoms: Phantoms | null
  applications: AppState[]
  /** Why a reset could not follow; null: nothing is known against it. */
  wayBack: string | null
  /** Null: there is nothing to compare. */
  schemas: Attempt<SchemasLook> | null
  /** The other links, for the cycle guard. */
  mirroring: MirroringNow
  /** The pair's topics by configuration: local, whatever they look like. */
  local: string[]
}

export async function look(deps: ActivityDeps, plan: Plan, signal: AbortSignal): Promise<World> {
  const moves = plan.operation !== 'reset'
  const ref = (link: { from: string; to: string }): LinkRef => ({ pair: plan.pair, ...link })
  // The link's position before the ends: whatever is mirrored in between makes the lag too large, never too small.
  const [link, nextLink] = await Promise.all([
    lookAtLink(deps, ref(plan.link), plan.topics, signal),
    plan.nextLink ? lookAtLink(deps, ref(plan.nextLink), [], signal) : null,
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
  const [access, fence, writers, phantoms, applications, mirroring, schemas, wayBack] = await Promise.all([
    moves && target.problem === null ? lookAtAccess(deps, plan, target, signal) : [],
    lookAtFence(deps, plan, { source, target }, signal),
    moves && source.problem === null ? lookAtWriters(deps, plan.source, plan.topics, signal) : null,
    moves && source.problem === null ? lookForPhantoms(deps, plan, { source, link }, signal) : null,
    moves
      ? observeApplications(deps, { pair: plan.pair, names: plan.applications.map(({ name }) => name) }, signal)
      : [],
    mirroringNow(deps, ref(plan.link), known(source, target), signal),
    lookAtSchemas(deps, plan, signal),
    lookAtWayBack(deps, plan, signal),
  ])
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
    phantoms,
    applications,
    schemas,
    wayBack,
    mirroring,
    local,
  }
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
