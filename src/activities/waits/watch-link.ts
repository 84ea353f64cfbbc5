import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { WaitActivities } from '../../contract/activities.ts'
import type { LagSample } from '../../contract/evidence.ts'
import { partitionLag } from '../../domain/certificate.ts'
import { identitiesAfter } from '../../domain/topic-identity.ts'
import { linkName } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { sentence } from '../faults.ts'
import { lookUntil, verdictOr } from './look-until.ts'

type Input = Parameters<WaitActivities['watchLink']>[0]
type Watched = Awaited<ReturnType<WaitActivities['watchLink']>>

/** A cluster that answers within this is not dark, ms. */
const answerWithinMs = 20_000

/**
 * Samples the lag. Returns at once when the source or the link begins or ceases to answer, else after `maxMs`. While the
 * source is dark the sample keeps its last good numbers, with the time they are from: a forced run estimates from them.
 */
export async function watchLink(deps: ActivityDeps, input: Input): Promise<Watched> {
  let newest = resumed() ?? input.previous
  const timing = { pollMs: input.intervalMs, maxMs: input.maxMs, lookMs: answerWithinMs }
  const waited = await lookUntil<Watched>(timing, async (signal) => {
    const sample = await takeSample(deps, input, newest, signal)
    newest = sample
    const before = input.lastReachable
    const changed = before === null || before.source !== sample.sourceReachable || before.link !== sample.linkReachable
    return { verdict: { sample, changed }, done: changed, live: { sample } }
  })
  return verdictOr(waited, `The lag of ${linkName(input)}`)
}

/** The sample of an attempt that was lost with its worker, from its heartbeat. */
function resumed(): LagSample | null {
  const details: unknown = activityInfo().heartbeatDetails
  if (typeof details !== 'object' || details === null || !('sample' in details)) return null
  return details.sample as LagSample
}

async function takeSample(
  deps: ActivityDeps,
  { pair, from, to, topics, groups }: Input,
  before: LagSample | null,
  signal: AbortSignal,
): Promise<LagSample> {
  const [link, source] = await Promise.all([
    answered(async () => {
      const port = deps.ports.mirroring(pair, from, to)
      await port.describe(signal)
      // A link that does not exist answers, and has no position.
      return answered(() => port.mirroredTo(topics, signal), signal)
    }, signal),
    answered(async () => {
      const cluster = deps.ports.cluster(from)
      const ends = await cluster.ends(topics, signal)
      return { ends, groups: await answered(() => cluster.groupOffsets(groups, topics, signal), signal) }
    }, signal),
  ])
  const at = timestamp(deps)
  const mirroredTo = link?.value ? link.value.value : (before?.mirroredTo ?? [])
  const ends = source ? source.value.ends.map(({ topic, partitions }) => ({ topic, partitions })) : (before?.ends ?? [])
  const seenAt = source ? undefined : (before?.sourceSeenAt ?? (before?.sourceReachable ? before.at : undefined))
  return {
    at,
    sourceReachable: source !== null,
    linkReachable: link !== null,
    totalLag: source && link?.value ? lagOf(ends, link.value.value) : null,
    ...(seenAt === undefined ? {} : { sourceSeenAt: seenAt }),
    ends,
    mirroredTo,
    ...identitiesAfter(before, source?.value.ends ?? null, link?.value?.value ?? null),
    groups: source?.value.groups?.value ?? before?.groups ?? [],
  }
}

function lagOf(ends: LagSample['ends'], mirroredTo: LagSample['mirroredTo']): number {
  return ends
    .flatMap(({ topic, partitions }) => {
      const offsets = new Map(mirroredTo.find((entry) => entry.topic === topic)?.offsets)
      return partitions.map(([partition, logStart, highWatermark]) =>
        partitionLag({ highWatermark, mirroredTo: offsets.get(partition), logStart }),
      )
    })
    .reduce((sum, lag) => sum + lag, 0)
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
