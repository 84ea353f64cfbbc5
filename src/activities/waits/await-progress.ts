import type { WaitActivities } from '../../contract/activities.ts'
import type { TopicEnds } from '../../contract/evidence.ts'
import type { ClusterLooks } from '../../ports/cluster.ts'
import type { Outstanding } from '../../domain/plan/movement.ts'
import { listed } from '../configured.ts'
import type { ActivityDeps } from '../deps.ts'
import type { ScanMemory } from '../evidence/residual-scans.ts'
import { lookUntil } from './look-until.ts'
import { type Unread, committedSum, unreadBy } from './unread.ts'

type Input = Parameters<WaitActivities['awaitProgress']>[0]
type Verdict = Awaited<ReturnType<WaitActivities['awaitProgress']>>

/** Quiet looks after which a topic counts as one without traffic now, rather than as one whose producer does not write. */
const quietLooks = 2

/** What one look saw. */
interface Seen {
  at: number
  /** Sum of the high watermarks, by producers' topic. */
  written: Map<string, number>
  /** Sum of the offsets read, by group. */
  read: Map<string, number>
  unread: Unread[]
}

/**
 * Producers' topics grow, and every group moves or is at the end. Topics without traffic are told as idle: they are no
 * fault when others grow, or when all groups have read everything.
 */
export async function awaitProgress(deps: ActivityDeps, input: Input): Promise<Verdict> {
  const cluster = deps.ports.cluster(input.cluster)
  const memory: ScanMemory = new Map()
  const looks: Seen[] = []
  const { verdict, problem } = await lookUntil<Verdict>(input, async (signal) => {
    const now = await see(deps, cluster, input, signal, memory)
    looks.push(now)
    const found = judge(input, looks, now)
    return { verdict: found, done: found.verified, live: { ...found }, outstanding: outstandingOf(input, found, now) }
  })
  if (verdict !== undefined && problem === null) return verdict
  const detail = problem ?? 'there was no check'
  return { verified: false, detail, recordsPerSecond: 0, idle: verdict?.idle ?? input.producerTopics }
}

async function see(
  deps: ActivityDeps,
  cluster: ClusterLooks,
  { producerTopics, groups }: Input,
  signal: AbortSignal,
  memory: ScanMemory,
): Promise<Seen> {
  const reading =
    groups.length === 0
      ? { ends: [], committed: [], unread: [] }
      : await unreadBy(deps, cluster, groups, [], signal, memory)
  const ends = await cluster.ends(producerTopics, signal)
  return {
    at: performance.now(),
    written: new Map(ends.map((topic) => [topic.topic, written(topic)])),
    read: new Map(groups.map((reader) => [reader.group, committedSum(reader, reading.committed)])),
    unread: reading.unread,
  }
}

function written({ partitions }: TopicEnds): number {
  return partitions.reduce((sum, [, , highWatermark]) => sum + highWatermark, 0)
}

/** Groups that have records to read, and the writing as long as nobody has written anything. */
function outstandingOf({ producerTopics, groups }: Input, { verified, idle }: Verdict, now: Seen): Outstanding {
  if (verified) return new Map()
  const nothingWritten = producerTopics.length > 0 && idle.length === producerTopics.length
  return new Map([
    ...behindOf(groups, now).map(({ group }): [string, number] => [group, now.read.get(group) ?? 0]),
    ...(nothingWritten ? [['the producers', writtenSum(now)] as const] : []),
  ])
}

function writtenSum({ written: topics }: Seen): number {
  return [...topics.values()].reduce((sum, end) => sum + end, 0)
}

function behindOf(groups: Input['groups'], { unread }: Seen): Input['groups'] {
  return groups.filter(({ group }) => unread.some((rest) => rest.group === group))
}

function judge({ producerTopics, groups }: Input, looks: Seen[], now: Seen): Verdict {
  const first = looks[0] ?? now
  const grown = producerTopics.filter((topic) => (now.written.get(topic) ?? 0) > (first.written.get(topic) ?? Infinity))
  const idle = producerTopics.filter((topic) => !grown.includes(topic))
  const behind = behindOf(groups, now)
  const stuck = behind.filter(({ group }) => (now.read.get(group) ?? 0) <= (first.read.get(group) ?? 0))
  const quiet = looks.length > quietLooks
  const idleIsNoFault = quiet && (grown.length > 0 || (groups.length > 0 && behind.length === 0))
  const verified = looks.length > 1 && stuck.length === 0 && (idle.length === 0 || idleIsNoFault)

  const seconds = (now.at - first.at) / 1000
  const records = grown.reduce((sum, topic) => sum + (now.written.get(topic) ?? 0) - (first.written.get(topic) ?? 0), 0)
  const recordsPerSecond = seconds > 0 ? Math.round((records / seconds) * 10) / 10 : 0
  const detail = [
    `${grown.length} of ${producerTopics.length} topics grow, ${recordsPerSecond} records/s`,
    ...(idle.length > 0 ? [`without traffic: ${listed(idle)}`] : []),
    ...(groups.length === 0
      ? []
      : [`${groups.length - stuck.length} of ${groups.length} groups move or are at the end`]),
    ...(stuck.length > 0 ? [`not moving with records to read: ${listed(stuck.map(({ group }) => group))}`] : []),
  ].join('; ')
  return { verified, detail, recordsPerSecond, idle }
}
