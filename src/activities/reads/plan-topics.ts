import { ApplicationFailure } from '@temporalio/common'
import type { ReadActivities } from '../../contract/activities.ts'
import { errorTypes } from '../../contract/errors.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { templatesOf, type TopicSettings } from '../../domain/assess/parity.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import { precondition } from '../../ports/failures.ts'
import { listed } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'

type PlanTopics = ReadActivities['planTopics']
type Model = TopicSettings & { partitions: number }

/**
 * How to create the topics that the target lacks. Where the source is given up and dark, their copies tell: the mirroring
 * keeps partitions and settings of a copy as they are on the source.
 */
export async function planTopics(
  deps: ActivityDeps,
  { mode, source, target, naming, topics }: Parameters<PlanTopics>[0],
  signal: AbortSignal,
): ReturnType<PlanTopics> {
  const onTarget = deps.ports.cluster(target)
  const there = new Set((await onTarget.describeTopics(topics, signal)).map(({ topic }) => topic))
  const missing = topics.filter((topic) => !there.has(topic))
  if (missing.length === 0) return { templates: [], likeOn: source }
  try {
    return { templates: templatesOf(await modelsOn(deps.ports.cluster(source), missing, signal)), likeOn: source }
  } catch (error) {
    const dark = error instanceof ApplicationFailure && error.type === errorTypes.unreachable
    if (mode === 'planned' || !dark) throw error
  }
  const copies = new Map(missing.map((topic) => [remoteName(naming, source, topic), topic]))
  const models = await modelsOn(onTarget, [...copies.keys()], signal)
  return {
    templates: templatesOf(models.map((model) => ({ ...model, topic: copies.get(model.topic) ?? model.topic }))),
    likeOn: target,
  }
}

async function modelsOn(cluster: ClusterLooks, topics: string[], signal: AbortSignal): Promise<Model[]> {
  const described = await cluster.describeTopics(topics, signal)
  const partitions = new Map(described.map((row) => [row.topic, row.partitions]))
  const gone = topics.filter((topic) => !partitions.has(topic))
  if (gone.length > 0) {
    throw precondition(
      `${cluster.alias} has no topic ${listed(gone)}, so nobody knows how to create the missing ones. Create them manually, then retry.`,
    )
  }
  const settings = await cluster.topicSettings(topics, null, signal)
  return settings.map((row) => ({ ...row, partitions: partitions.get(row.topic) ?? 1 }))
}
