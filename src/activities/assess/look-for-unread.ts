import type { LinkLook, SideLook } from '../../domain/assess/world.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { UnreadRemoved } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { provenAt } from '../../domain/certificate/certificate.ts'
import { mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { readBy } from '../../domain/positions/read-by.ts'
import { settledOffsets } from '../../domain/positions/settled.ts'
import type { SeenCopy } from '../../domain/watch/remembered-copies.ts'
import type { ActivityDeps } from '../deps.ts'
import { unreadInCopies } from '../evidence/unread-in-copies.ts'
import { attempt } from './attempt.ts'

/** As `confirm-mirrored` will look for it, while the producers are stopped. Nothing where one side does not tell: that is said already. */
export async function lookForUnread(
  deps: ActivityDeps,
  plan: Plan,
  dossier: Dossier,
  { link, source, copies }: { link: LinkLook; source: SideLook; copies: SeenCopy[] | null },
  signal: AbortSignal,
): Promise<UnreadRemoved[]> {
  if (source.problem !== null || copies === null || !link.mirroredTo.ok) return []
  const positions = link.mirroredTo.value
  const proven = new Map(
    copies.flatMap(({ topic, rows }) => {
      const offsets = mirroredOffsets(positions, topic)
      return rows.flatMap(({ partition, reached }): [string, number][] => {
        const offset = provenAt(offsets.get(partition), reached)
        return offset === undefined ? [] : [[`${topic}/${partition}`, offset]]
      })
    }),
  )
  const found = await attempt(() =>
    unreadInCopies(
      { source: deps.ports.cluster(plan.source), target: deps.ports.cluster(plan.target) },
      {
        ends: source.ends,
        copies: copies.map((seen) => ({ copy: remoteName(plan.naming, plan.source, seen.topic), seen })),
        proven,
        readers: readBy(plan),
        settled: settledOffsets(dossier, plan.source, plan.topics),
      },
      signal,
    ),
  )
  return found.ok ? found.value : []
}
