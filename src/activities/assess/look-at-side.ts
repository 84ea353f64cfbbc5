import type { SideLook } from '../../domain/assess/world.ts'
import type { Plan } from '../../contract/plan.ts'
import { comparedSettings } from '../../domain/assess/parity.ts'
import type { ActivityDeps } from '../deps.ts'
import { withRemoteNames } from '../what-is-read.ts'
import { attempt } from './attempt.ts'

export async function lookAtSide(
  deps: ActivityDeps,
  plan: Plan,
  alias: string,
  signal: AbortSignal,
): Promise<SideLook> {
  const cluster = deps.ports.cluster(alias)
  const names = withRemoteNames(plan, alias, plan.topics)
  const answer = await attempt(async () => {
    // First and alone: it fails fast when no broker answers.
    const { authorizer } = await cluster.describe(signal)
    const [liveTopics, topics, groups, committed, settings] = await Promise.all([
      cluster.listTopics(signal),
      cluster.describeTopics(names, signal),
      cluster.groupStates(plan.groups, signal),
      cluster.groupOffsets(plan.groups, names, signal),
      attempt(() => cluster.topicSettings(plan.topics, comparedSettings, signal)),
    ])
    const online = topics.filter(({ offline }) => offline.length === 0).map(({ topic }) => topic)
    const ends = online.length === 0 ? [] : await cluster.ends(online, signal)
    return { authorizer, liveTopics, topics, groups, committed, settings, ends }
  })
  if (answer.ok) return { alias, problem: null, ...answer.value }
  return {
    alias,
    problem: answer.problem,
    authorizer: false,
    liveTopics: [],
    topics: [],
    ends: [],
    settings: { ok: true, value: [] },
    groups: [],
    committed: [],
  }
}
