import type { WaitActivities } from '../contract/activities.ts'
import { heartbeating } from './acting.ts'
import type { ActivityDeps } from './deps.ts'
import { createPairActivities } from './leases.ts'
import { createMemoryActivities } from './memory.ts'
import { createReadActivities } from './reads.ts'
import { createTicketActivities } from './tickets.ts'
import { createWaitActivities } from './waits.ts'
import { createWriteActivities } from './writes.ts'

/** All activities, by the task queue they run on. */
export function createActivities(deps: ActivityDeps): { runs: object; waits: WaitActivities } {
  return {
    runs: {
      ...heartbeating(createReadActivities(deps)),
      ...createWriteActivities(deps),
      ...createTicketActivities(deps),
      ...createPairActivities(deps),
      ...createMemoryActivities(deps),
    },
    waits: createWaitActivities(deps),
  }
}
