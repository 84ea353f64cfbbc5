import { activityInfo, heartbeat } from '@temporalio/activity'
import type { CopiedRow, WriteActivities } from '../../contract/activities.ts'
import type { ClusterLooks, ClusterWrites, CopyProgress } from '../../ports/cluster.ts'
import { precondition } from '../../ports/failures.ts'
import { type ActivityDeps, activitySignal } from '../deps.ts'
import type { LeaseGuard } from '../lease-guard.ts'
import { permitted } from '../permitted.ts'
import { copyRanges } from './copy-ranges.ts'

type Input = Parameters<WriteActivities['copyStranded']>[0]
type Answer = Awaited<ReturnType<WriteActivities['copyStranded']>>

/** Well within the heartbeat time-out of a write. */
const heartbeatEveryMs = 4_000

/** One stretch of a copy. The lease is proven before each transaction; the records copied so far travel in the heartbeat. */
export async function copyStranded(deps: ActivityDeps, guard: LeaseGuard, input: Input): Promise<Answer> {
  const { lease, id, from, to, topics, begin, create, maxMs } = input
  const signal = activitySignal()
  const allowed = permitted(deps, lease.pair)
  allowed.copying({ id, from, topics })
  const [source, target] = [deps.ports.cluster(from), { ...allowed.cluster(to), alias: to }]
  const until = deps.clock.now().getTime() + maxMs
  let copied = 0
  const beat = (): void => heartbeat({ doing: `copying stranded records of ${from} to ${to}`, copied })
  const beating = activityInfo().heartbeatTimeoutMs === undefined ? undefined : setInterval(beat, heartbeatEveryMs)
  try {
    if (begin && create) {
      await guard(lease)
      await makeTopics(source, deps.ports.cluster(to), target, topics, signal)
    }
    const { done, progress } = await copyRanges(
      source,
      target,
      { id, topics, begin },
      {
        guard: () => guard(lease),
        onward: (now) => {
          copied = now.reduce((sum, { records }) => sum + records, 0)
          beat()
          return deps.clock.now().getTime() < until
        },
      },
      signal,
    )
    return { done, topics: topics.map(({ topic, into }) => ({ topic, rows: rowsOf(progress, into) })) }
  } finally {
    clearInterval(beating)
  }
}

/** Kept until somebody deletes the topic, every record of it. */
const kept = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }

/** Topics with as many partitions as those they stand for. One that exists already must have no fewer. */
async function makeTopics(
  source: ClusterLooks,
  target: ClusterLooks,
  writing: Pick<ClusterWrites, 'createTopics'>,
  topics: Input['topics'],
  signal: AbortSignal,
): Promise<void> {
  const described = await source.describeTopics(
    topics.map(({ topic }) => topic),
    signal,
  )
  const wanted = topics.map(({ topic, into }) => ({
    topic: into,
    partitions: described.find((row) => row.topic === topic)?.partitions ?? 1,
    settings: kept,
  }))
  await writing.createTopics(wanted, signal)
  const there = await target.describeTopics(
    wanted.map(({ topic }) => topic),
    signal,
  )
  for (const { topic, partitions } of wanted) {
    const found = there.find((row) => row.topic === topic)?.partitions ?? 0
    if (found < partitions) {
      throw precondition(
        `${topic} exists on ${target.alias} with ${found} partitions, and ${partitions} are needed. Add the others, or delete it if nobody needs it, then retry.`,
      )
    }
  }
}

function rowsOf(progress: CopyProgress[], into: string): CopiedRow[] {
  return progress
    .filter(({ topic }) => topic === into)
    .map(({ partition, records, first, last }): CopiedRow => [partition, records, first, last])
    .sort(([a], [b]) => a - b)
}
