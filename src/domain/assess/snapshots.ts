import type { Assessment } from '../../contract/activities.ts'
import type { Dossier } from '../../contract/dossier.ts'
import type { GroupOffsets } from '../../contract/evidence.ts'
import { lastSnapshot } from '../dossier/dossier.ts'
import type { SideLook } from './world.ts'

/**
 * Committed offsets on every side that answered. Those of idle groups expire on the cluster, so what an earlier snapshot
 * knew and the cluster does not any more is carried on.
 */
export function snapshotsOf(dossier: Dossier, sides: SideLook[], at: string): Assessment['snapshots'] {
  return sides
    .filter(({ problem }) => problem === null)
    .map(({ alias, committed }) => ({
      cluster: alias,
      at,
      groups: merged(lastSnapshot(dossier, alias)?.groups ?? [], committed),
    }))
}

function merged(before: GroupOffsets[], now: GroupOffsets[]): GroupOffsets[] {
  return now.map(({ group, topics }) => {
    const known = before.find((entry) => entry.group === group)?.topics ?? []
    const names = [...new Set([...topics, ...known].map(({ topic }) => topic))]
    return {
      group,
      topics: names.map((topic) => {
        const offsets = new Map(known.find((entry) => entry.topic === topic)?.offsets)
        for (const [partition, committed] of topics.find((entry) => entry.topic === topic)?.offsets ?? []) {
          if (committed >= 0) offsets.set(partition, committed)
        }
        return { topic, offsets: [...offsets].toSorted(([a], [b]) => a - b) }
      }),
    }
  })
}
