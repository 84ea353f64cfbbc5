import { ApplicationFailure } from '@temporalio/common'
import type { ReadActivities } from '../../contract/activities.ts'
import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { GroupOffsets } from '../../contract/evidence.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { planMove } from '../../domain/positions/positions.ts'
import { readBy } from '../../domain/positions/read-by.ts'
import type { ActivityDeps } from '../deps.ts'
import { isConfigurationFault } from '../faults.ts'

type PlanOffsets = Parameters<ReadActivities['planOffsets']>[0]

/** Where each group of the plan goes on. A forced run does without the source's committed offsets where they cannot be had. */
export async function planOffsets(
  deps: ActivityDeps,
  { plan, dossier, drainedGroups }: PlanOffsets,
  signal: AbortSignal,
): Promise<OffsetPlan> {
  const readers = readBy(plan)
  const local = [...new Set(readers.flatMap(({ topics }) => topics))]
  const remote = local.map((topic) => remoteName(plan.naming, plan.source, topic))
  const target = deps.ports.cluster(plan.target)
  const topics = [...new Set([...local, ...remote])]
  const [ends, committed] = await Promise.all([
    target.ends(topics, signal),
    target.groupOffsets(plan.groups, topics, signal),
  ])
  const onSource = await sourceOffsets(deps, { plan, dossier, drainedGroups }, topics, signal)
  return planMove({
    plan,
    dossier,
    drainedGroups,
    source: onSource === null ? null : { committed: onSource },
    target: { ends, committed },
    groupTopics: readers,
  })
}

async function sourceOffsets(
  deps: ActivityDeps,
  { plan }: PlanOffsets,
  topics: string[],
  signal: AbortSignal,
): Promise<GroupOffsets[] | null> {
  try {
    return await deps.ports.cluster(plan.source).groupOffsets(plan.groups, topics, signal)
  } catch (error) {
    // They are shown beside the plan, and no offset rests on them: a source that is given up may answer as it likes.
    const outside = error instanceof ApplicationFailure && !isConfigurationFault(error)
    if (outside && plan.mode === 'forced') return null
    throw error
  }
}
