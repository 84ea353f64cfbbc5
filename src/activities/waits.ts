import type { WaitActivities } from '../contract/activities.ts'
import { compareCopies } from './compare/compare-copies.ts'
import { clustersOf, findPair } from './configured.ts'
import type { ActivityDeps } from './deps.ts'
import { createPairDoor } from './pair-door.ts'
import { awaitDrained, awaitGroupsEmpty } from './waits/await-groups.ts'
import { awaitAssigned, awaitDisabled, awaitRemoteTopics } from './waits/await-link.ts'
import { awaitLinkChange } from './waits/await-link-change.ts'
import { awaitMirrored } from './waits/await-mirrored.ts'
import { awaitProgress } from './waits/await-progress.ts'
import { awaitStill } from './waits/await-still.ts'
import { keepObligation } from './waits/keep-obligation.ts'
import { countConflicts } from './stranded/count-conflicts.ts'
import { searchAttributesRegistered } from './search-attributes.ts'
import { watchLink } from './waits/watch-link.ts'

/** Long waits: they look, heartbeat what they see, and end by themselves. */
export function createWaitActivities(
  deps: ActivityDeps,
  asking: Parameters<typeof watchLink>[2] = { door: createPairDoor(deps.client) },
): WaitActivities {
  return {
    awaitStill: (input) => awaitStill(deps, input),
    awaitMirrored: (input) => awaitMirrored(deps, input),
    awaitDrained: (input) => awaitDrained(deps, input),
    awaitGroupsEmpty: (input) => awaitGroupsEmpty(deps, input),
    awaitLinkChange: (input) => awaitLinkChange(deps, input),
    awaitDisabled: (input) => awaitDisabled(deps, input),
    awaitAssigned: (input) => awaitAssigned(deps, input),
    awaitRemoteTopics: (input) => awaitRemoteTopics(deps, input),
    awaitProgress: (input) => awaitProgress(deps, input),
    countConflicts: (input) => countConflicts(deps, input),
    watchLink: (input) => watchLink(deps, input, asking),
    compareCopies: (input) => compareCopies(deps, input),
    keepObligation: (input) => keepObligation(deps, input),
    watchScope: async ({ pair }) => {
      const configured = findPair(deps.config(), pair)
      if (configured === undefined) return null
      // Without an answer nothing is set: an attribute that the namespace lacks would stop the pair.
      const searchAttributes = await searchAttributesRegistered(deps.client).catch(() => false)
      const groups = configured.applications.flatMap(({ group }) => group ?? [])
      return {
        topics: configured.topics,
        groups: [...new Set(groups)],
        intervalMs: configured.timing.watch,
        clusters: clustersOf(configured),
        windows: {
          stall: configured.timing.stall / 1000,
          growth: configured.timing.lagGrowth / 1000,
          retention: configured.timing.retentionWatch / 1000,
        },
        searchAttributes,
      }
    },
  }
}
