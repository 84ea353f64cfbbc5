import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { LinkRef } from '../../contract/activities.ts'
import type { LagSample, LossLedger } from '../../contract/evidence.ts'
import { type StrandedScan, estimateLedger, exactLedger, ledgerRanges } from '../../domain/ledger.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { eachOf } from '../each-of.ts'
import { isConfigurationFault } from '../faults.ts'

/** The link's own store is the better witness: the sample stands in for it only when it stays silent. */
const attemptsForTheStore = 3

/** Offsets of one scan: some seconds of reading, so that time is looked at in between. */
const piece = 50_000

/** Kept back from the attempt's time for the answer. */
const reserveMs = 10_000

const scansAtOnce = 4

/** What may be stranded while the source is dark: needs the target's side only. */
export async function estimateLoss(
  deps: ActivityDeps,
  { pair, from, to, topics, sample: newest }: LinkRef & { topics: string[]; sample: LagSample | null },
  signal: AbortSignal,
): Promise<LossLedger> {
  const takenAt = timestamp(deps)
  // The pair goes on sampling while the source is dark: the estimate is as old as the ends, not as the sample.
  const sample = newest && { ...newest, at: newest.sourceSeenAt ?? newest.at }
  try {
    const mirroredTo = await deps.ports.mirroring(pair, from, to).mirroredTo(topics, signal)
    return estimateLedger({ takenAt, cluster: from, sample, mirroredTo, topics })
  } catch (error) {
    // A store that refuses (its connector is gone) does not answer later either.
    const hopeless = error instanceof ApplicationFailure && error.nonRetryable === true
    const again = !hopeless && activityInfo().attempt < attemptsForTheStore
    if (isConfigurationFault(error) || sample === null || again) throw error
    return estimateLedger({ takenAt, cluster: from, sample, mirroredTo: [], topics })
  }
}

/**
 * What is stranded on the old side, counted there. What cannot be read within the attempt's time stays in the ledger
 * as a range of unknown size.
 */
export async function exactLoss(
  deps: ActivityDeps,
  { pair, from, to, topics }: LinkRef & { topics: string[] },
  signal: AbortSignal,
): Promise<LossLedger> {
  const cluster = deps.ports.cluster(from)
  const mirroredTo = await deps.ports.mirroring(pair, from, to).mirroredTo(topics, signal)
  const ends = await cluster.ends(topics, signal)
  const until = deps.clock.now().getTime() + activityInfo().startToCloseTimeoutMs - reserveMs
  const scans = await eachOf(ledgerRanges(ends, mirroredTo), scansAtOnce, async ({ topic, partition, from, to }) => {
    const pieces: StrandedScan[] = []
    for (let start = from; start < to && deps.clock.now().getTime() < until; start += piece) {
      const end = Math.min(start + piece, to)
      const found = await cluster.scan(topic, partition, start, end, signal)
      if (!found.complete) break
      pieces.push({ topic, partition, from: start, to: end, ...found })
    }
    return joined(pieces)
  })
  return exactLedger({ takenAt: timestamp(deps), cluster: from, ends, mirroredTo, scans: scans.flat() })
}

/** One row for a partition, not one for each piece that was read: pieces follow each other without a gap. */
function joined(pieces: StrandedScan[]): StrandedScan[] {
  const withData = pieces.filter(({ records }) => records > 0)
  const [first, last] = [pieces[0], pieces.at(-1)]
  if (first === undefined || last === undefined) return []
  const timestamps = {
    first: withData.map((found) => found.firstTimestamp).find((at) => at !== undefined),
    last: withData.map((found) => found.lastTimestamp).findLast((at) => at !== undefined),
  }
  return [
    {
      topic: first.topic,
      partition: first.partition,
      from: first.from,
      to: last.to,
      records: pieces.reduce((sum, found) => sum + found.records, 0),
      bytes: pieces.reduce((sum, found) => sum + found.bytes, 0),
      ...(timestamps.first === undefined ? {} : { firstTimestamp: timestamps.first }),
      ...(timestamps.last === undefined ? {} : { lastTimestamp: timestamps.last }),
    },
  ]
}
