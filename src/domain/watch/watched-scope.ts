import type { Dossier } from '../../contract/dossier.ts'
import { movedGroups, movedTopics } from '../dossier/dossier.ts'

/**
 * What is watched on the pair's link. Between a failover and its failback that is what moved: of the rest the link back mirrors
 * nothing, on purpose, and its groups read where they always did.
 */
export function watchedScope(
  dossier: Dossier,
  { topics, groups }: { topics: string[]; groups: string[] },
): { topics: string[]; groups: string[] } {
  const stage = dossier.episode?.stage
  if (stage === undefined || stage === 'failing-over' || stage === 'closed' || stage === 'handed-over')
    return { topics, groups }
  const [moved, readers] = [movedTopics(dossier), movedGroups(dossier)]
  return {
    topics: moved === null ? topics : topics.filter((topic) => moved.includes(topic)),
    groups: readers === null ? groups : groups.filter((group) => readers.includes(group)),
  }
}
