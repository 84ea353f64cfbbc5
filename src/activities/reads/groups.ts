import { ApplicationFailure } from '@temporalio/common'
import type { OffsetPlan, ReadActivities } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import type { GroupOffsets } from '../../contract/evidence.ts'
import { remoteName } from '../../domain/naming.ts'
import { planMove } from '../../domain/positions.ts'
import type { ActivityDeps } from '../deps.ts'
import { readBy } from '../what-is-read.ts'

type PlanOffsets = Parameters<ReadActivities['planOffsets']>[0]

/** Where each group of the plan goes on. A forced run does without the source's committed offsets when it is dark. */
export async function planOffsets(
  deps: ActivityDeps,
  { plan, dossier, drainedGroups }: PlanOffsets,
  signal: AbortSignal,
): Promise<OffsetPlan> {
  const readers = readBy(plan)
  const local = [...new Set(readers.flatMap(({ topics }) => topics))]
  const remote = local.map((topic) => remoteName(plan.naming, plan.source, topic))
  const target = deps.ports.cluster(plan.target)
  const topics = [...local, ...remote]
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
    const dark = error instanceof ApplicationFailure && error.type === errorTypes.unreachable
    if (dark && plan.mode === 'forced') return null
    throw error
  }
}
