import type { AclEntry, Dossier, Settlement } from '../../contract/dossier.ts'
import { lastMove, ourFence } from './dossier.ts'

/** Something of Switchback's on a cluster, by what the pair remembers. */
export interface Ours {
  cluster: string
  kind: 'entry' | 'group' | 'topic'
  name: string
  /** Of an entry. */
  acl?: AclEntry
  /** What it is for, and until when it is needed. */
  purpose: string
}

/** What the pair removes now, since its purpose is over. */
export interface Tidy {
  lift: { cluster: string; acls: AclEntry[] }[]
  groups: { cluster: string; id: string }[]
}

/** Everything of ours on the pair's clusters. What is there is asked of the clusters: some of it may be gone. */
export function oursOf(
  dossier: Dossier,
  { clusters, memoryTopic }: { clusters: string[]; memoryTopic: string },
): Ours[] {
  const fenced = [...new Set(dossier.fences.map(({ cluster }) => cluster))]
  const over = tidyOf(dossier)
  return [
    ...fenced.flatMap((cluster) =>
      ourFence(dossier, cluster).map((acl): Ours => {
        const lifted = over.lift.some((one) => one.cluster === cluster && one.acls.includes(acl))
        return {
          cluster,
          kind: 'entry',
          name: `${acl.permission} ${acl.operation} ${acl.principal} on ${acl.name}`,
          acl,
          purpose: lifted ? 'fence of an episode that is over: it is lifted' : `fence: ${untilOf(dossier, cluster)}`,
        }
      }),
    ),
    ...(dossier.copies ?? []).map(({ cluster, id, action }): Ours => {
      return {
        cluster,
        kind: 'group',
        name: id,
        purpose: over.groups.some((one) => one.id === id)
          ? `progress of a ${action} that is over: it is deleted`
          : `progress of a ${action}, until the reset that began it has ended`,
      }
    }),
    ...dossier.settlements.flatMap(quarantined),
    ...clusters.map((cluster): Ours => {
      return { cluster, kind: 'topic', name: memoryTopic, purpose: "the pairs' memory, for as long as there are pairs" }
    }),
  ]
}

function untilOf({ active, episode }: Dossier, cluster: string): string {
  if (cluster === active) return 'the next run from here lifts it, or a person'
  return episode === null ? 'until the next move to this side' : `until the failback of episode ${episode.number}`
}

/** Records that a person had set aside: whoever decided that has to delete them. */
function quarantined({ action, copied, topics, episode }: Settlement): Ours[] {
  if (action !== 'quarantine' || copied === undefined) return []
  return topics.map(({ topic }) => ({
    cluster: copied.cluster,
    kind: 'topic',
    name: copied.into.replaceAll('{topic}', topic),
    purpose: `records set aside in episode ${episode}, until a person deletes them`,
  }))
}

/**
 * The fence on the side that a planned failback left stays until its episode is closed: then nobody is kept out any more. What a
 * forced failback gave up stays fenced, and so does what was handed over as it stood. The group of a copy is needed as long as the
 * reset that began it may be begun again.
 */
export function tidyOf(dossier: Dossier): Tidy {
  const { episode, active, standby, settlements, copies = [] } = dossier
  const closed = episode === null
  const move = lastMove(dossier)
  const returned =
    closed && move?.operation === 'failback' && move.mode === 'planned' && move.to === active && move.from === standby
  const acls = returned
    ? ourFence({ ...dossier, fences: dossier.fences.filter((one) => one.episode === move.episode) }, standby)
    : []
  const resetOver = closed || (episode.stage === 'reset' && episode.inDoubt === null)
  const settled = new Set(settlements.flatMap(({ copied }) => (copied === undefined ? [] : [copied.id])))
  return {
    lift: acls.length === 0 ? [] : [{ cluster: standby, acls }],
    groups: copies.filter(({ id }) => resetOver && settled.has(id)).map(({ cluster, id }) => ({ cluster, id })),
  }
}
