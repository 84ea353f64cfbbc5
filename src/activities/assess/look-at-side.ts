import type { GroupOffsets, TopicEnds } from '../../contract/evidence.ts'
import type { Plan } from '../../contract/plan.ts'
import { comparedSettings, type TopicSettings } from '../../domain/parity.ts'
import type { GroupState, TopicDescription } from '../../ports/cluster.ts'
import type { ActivityDeps } from '../deps.ts'
import { withRemoteNames } from '../what-is-read.ts'
import { type Attempt, attempt } from './attempt.ts'

/** One cluster as it answered; where `problem` says why it did not, the rest is empty and proves nothing. */
export interface SideLook {
  alias: string
  problem: string | null
  authorizer: boolean
  liveTopics: string[]
  /** The plan's local topics and their copies, those that exist. */
  topics: TopicDescription[]
  /** Of the same topics, where every partition has a leader. */
  ends: TopicEnds[]
  /** Of the plan's local topics. */
  settings: Attempt<TopicSettings[]>
  groups: GroupState[]
  committed: GroupOffsets[]
}

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
