import type { ClusterWrites } from '../../ports/cluster.ts'
import { createAcls, deleteAcls } from './acls.ts'
import { openCopy } from './copy/record-copy.ts'
import { deleteGroup } from './groups/delete.ts'
import { placeGroup } from './groups/placement.ts'
import { some } from './guarded.ts'
import type { ClusterLogin } from './logins.ts'
import { appendKeyed } from './records/keyed.ts'
import { createTopics, deleteEmptyTopics } from './topics.ts'

/**
 * Everything that changes a cluster, with the reading that belongs to it (the look right before, the look whether it is there). It
 * has the login that acts and no other, so that no write goes out as the one that reads.
 */
export function clusterWrites(alias: string, { connections, guarded }: ClusterLogin, timeoutMs: number): ClusterWrites {
  return {
    openCopy: (id, signal) =>
      guarded(`open the copy ${id}`, signal, async () => {
        const copy = await openCopy(connections, id, timeoutMs, signal)
        return {
          get progress() {
            return copy.progress
          },
          append: (parts, aborting) =>
            guarded(`copy records to ${some(parts.map(({ topic }) => topic))}`, aborting, () =>
              copy.append(parts, aborting),
            ),
        }
      }),

    setGroupOffsets: (offsets, signal) =>
      guarded(`set the offsets of ${offsets.group}`, signal, () => placeGroup(connections, offsets, timeoutMs, signal)),

    deleteGroup: (group, signal) =>
      guarded(`delete the group ${group}`, signal, () => deleteGroup(connections, group, timeoutMs, signal)),

    createAcls: (acls, signal) =>
      guarded(`create ${acls.length} ACLs`, signal, () => createAcls({ alias, connections, acls, timeoutMs, signal })),

    deleteAcls: (acls, signal) =>
      guarded(`delete ${acls.length} ACLs`, signal, () => deleteAcls({ alias, connections, acls, timeoutMs, signal })),

    deleteEmptyTopics: (topics, signal) =>
      guarded(`delete ${some(topics.map(({ topic }) => topic))}`, signal, () =>
        deleteEmptyTopics(connections, topics, timeoutMs, signal),
      ),

    createTopics: (topics, signal) =>
      guarded(`create ${some(topics.map(({ topic }) => topic))}`, signal, () =>
        createTopics(connections, topics, timeoutMs, signal),
      ),

    appendKeyed: (topic, records, signal) =>
      guarded(`write to ${topic}`, signal, () => appendKeyed(connections, topic, records, timeoutMs, signal)),
  }
}
