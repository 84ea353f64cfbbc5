import { ApplicationFailure } from '@temporalio/common'
import type { WaitActivities } from '../../contract/activities.ts'
import type { GroupOffsets, MirroredTo, TopicEnds } from '../../contract/evidence.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { forcedReread } from '../../domain/watch/forced-reread.ts'
import type { WatchLook } from '../../domain/watch/look.ts'
import { keepsPositions, namingOf, pairConfig } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { sentence } from '../faults.ts'

type Input = Parameters<WaitActivities['watchLink']>[0]

export type WatchedTarget = NonNullable<WatchLook['target']> & {
  /** Ids and ends of the copies; null: they could not be read. */
  copyEnds: TopicEnds[] | null
}

/** Source and link at one moment. Null: it did not answer. */
export interface WatchedWorld {
  at: string
  linkAnswers: boolean
  mirroredTo: { topic: string; offsets: MirroredTo[]; incomparable?: number[] }[] | null
  ends: TopicEnds[] | null
  groups: GroupOffsets[] | null
  look: Omit<WatchLook, 'target' | 'recent' | 'rests' | 'missing'>
}

/** The position is asked for before or with the ends: what is mirrored in between makes the lag too large, never too small. */
export async function lookAtWorld(deps: ActivityDeps, input: Input, signal: AbortSignal): Promise<WatchedWorld> {
  const { pair, from, to, topics } = input
  const [link, source] = await Promise.all([
    answered(async () => {
      const port = deps.ports.mirroring(pair, from, to)
      const description = await port.describe(signal)
      // A link that does not exist answers, and has no position.
      return { description, mirroredTo: await answered(() => port.mirroredTo(topics, signal), signal) }
    }, signal),
    answered(async () => {
      const cluster = deps.ports.cluster(from)
      const ends = await cluster.ends(topics, signal)
      return { ends, groups: await answered(() => cluster.groupOffsets(input.groups, topics, signal), signal) }
    }, signal),
  ])
  const at = timestamp(deps)
  const mirroredTo = link?.value.mirroredTo?.value ?? null
  const ends = source?.value.ends ?? null
  const naming = namingOf(deps.config(), pair)
  return {
    at,
    linkAnswers: link !== null,
    mirroredTo,
    ends,
    groups: source?.value.groups?.value ?? null,
    look: {
      at,
      from,
      to,
      naming,
      topics,
      link: link?.value.description ?? null,
      ends,
      mirroredTo,
      byCopies: keepsPositions(deps.config(), { pair, from, to }),
      windows: input.windows,
    },
  }
}

/** Who reads on the target although nobody should, and which copies there are. Null: it did not answer. */
export async function lookAtTarget(
  deps: Pick<ActivityDeps, 'ports' | 'config'>,
  { pair, from, to, topics, groups }: Pick<Input, 'pair' | 'from' | 'to' | 'topics' | 'groups'>,
  committed: GroupOffsets[] | null,
  signal: AbortSignal,
): Promise<WatchedTarget | null> {
  const naming = namingOf(deps.config(), pair)
  const seen = await answered(async () => {
    const cluster = deps.ports.cluster(to)
    const names = topics.map((topic) => remoteName(naming, from, topic))
    const [states, copies, copyEnds, translated] = await Promise.all([
      cluster.groupStates(groups, signal),
      cluster.describeTopics(names, signal),
      answered(() => cluster.ends(names, signal), signal),
      answered(() => cluster.groupOffsets(groups, names, signal), signal),
    ])
    const reread =
      copyEnds && translated
        ? forcedReread({
            naming,
            from,
            readers: readersOf(deps, pair, groups, topics),
            copyEnds: copyEnds.value,
            translated: translated.value,
            committed,
          })
        : undefined
    return {
      groups: states,
      copies: copies.map(({ topic, partitions }) => ({ topic, partitions })),
      copyEnds: copyEnds?.value ?? null,
      ...(reread === undefined ? {} : { reread }),
    }
  }, signal)
  return seen?.value ?? null
}

/** The watched groups with the topics each one reads, by the configuration. */
function readersOf(deps: Pick<ActivityDeps, 'config'>, pair: string, groups: string[], topics: string[]) {
  const { applications } = pairConfig(deps.config(), pair)
  return groups.map((group) => ({
    group,
    topics: topics.filter((topic) => applications.some((one) => one.group === group && one.topics.includes(topic))),
  }))
}

/** Null when it did not answer. A link that is not configured (yet) does not answer either: the pair goes on watching. */
async function answered<T>(look: () => Promise<T>, signal: AbortSignal): Promise<{ value: T } | null> {
  try {
    return { value: await look() }
  } catch (error) {
    if (error instanceof ApplicationFailure || signal.aborted) return null
    throw new Error(`Sampling the lag failed: ${sentence(error)}`, { cause: error })
  }
}
