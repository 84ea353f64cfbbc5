import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { LinkRef } from '../../contract/activities.ts'
import type { Settlement } from '../../contract/dossier.ts'
import type { LossLedger, MirroredTo, PackedSample } from '../../contract/evidence.ts'
import {
  type LastMirrored,
  type StrandedScan,
  estimateLedger,
  exactLedger,
  ledgerRanges,
} from '../../domain/losses/ledger.ts'
import { mirroredOffsets } from '../../domain/certificate/mirrored-to.ts'
import { remoteName } from '../../domain/names/naming.ts'
import { unpackSample } from '../../domain/watch/packed-sample.ts'
import { phantomsWhenLastSeen } from '../../domain/certificate/phantoms.ts'
import { attempt } from '../assess/attempt.ts'
import { namingOf } from '../configured.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { eachOf } from '../../domain/text/each-of.ts'
import { isConfigurationFault } from '../faults.ts'
import { arrivedSince } from './arrived.ts'
import { copiesNow, missingNow } from './missing-now.ts'
import { findPhantoms, mirroredRange } from './phantoms.ts'
import { readsUncommitted } from '../../domain/plan/reads-uncommitted.ts'

/** The link's own store is the better witness: the sample stands in for it only when it stays silent. */
const attemptsForTheStore = 3

/** Offsets of one scan: some seconds of reading, so that time is looked at in between. */
const piece = 50_000

/** Kept back from the attempt's time for the answer. */
const reserveMs = 10_000

const scansAtOnce = 4

/** Kept back for the times of the last records, when what has come to the copies is read, ms. */
const arrivedReserveMs = 20_000

/** What may be stranded while the source is dark: needs the target's side only. */
export async function estimateLoss(
  deps: ActivityDeps,
  { pair, from, to, topics, sample: packed }: LinkRef & { topics: string[]; sample: PackedSample | null },
  signal: AbortSignal,
): Promise<LossLedger> {
  const takenAt = timestamp(deps)
  const newest = packed && unpackSample(packed)
  // The pair goes on sampling while the source is dark: the estimate is as old as the ends, not as the sample.
  const sample = newest && { ...newest, at: newest.sourceSeenAt ?? newest.at }
  const given = { takenAt, cluster: from, sample, topics }
  let mirroredTo: { topic: string; offsets: MirroredTo[] }[] = []
  try {
    mirroredTo = await deps.ports.mirroring(pair, from, to).mirroredTo(topics, signal)
  } catch (error) {
    // A store that refuses (its connector is gone) does not answer later either.
    const hopeless = error instanceof ApplicationFailure && error.nonRetryable === true
    const again = !hopeless && activityInfo().attempt < attemptsForTheStore
    if (isConfigurationFault(error) || sample === null || again) throw error
  }
  const until = deadline(deps) - arrivedReserveMs
  const naming = namingOf(deps.config(), pair)
  const arrived =
    sample &&
    (await attempt(() =>
      arrivedSince(
        deps.ports.cluster(to),
        { sample, naming, from, topics },
        () => deps.clock.now().getTime() >= until,
        signal,
      ),
    ))
  const reached = arrived?.ok ? arrived.value : []
  const estimate = estimateLedger({ ...given, mirroredTo, reached, lastMirrored: [] })
  const lastMirrored = await lastMirroredOf(deps, { pair, from, to }, estimate, signal)
  const ledger = estimateLedger({ ...given, mirroredTo, reached, lastMirrored })
  const link = await attempt(() => deps.ports.mirroring(pair, from, to).describe(signal))
  const phantoms = link.ok && readsUncommitted(link.value) ? phantomsWhenLastSeen(sample, mirroredTo, topics) : null
  return phantoms === null ? ledger : { ...ledger, phantoms }
}

/**
 * When the last record came that is on the target, of the partitions that miss some: read from the copies. What the target
 * does not tell within the attempt's time is left open: an estimate without its seconds is better than none.
 */
async function lastMirroredOf(
  deps: ActivityDeps,
  { pair, from, to }: LinkRef,
  estimate: LossLedger,
  signal: AbortSignal,
): Promise<LastMirrored[]> {
  const naming = namingOf(deps.config(), pair)
  const cluster = deps.ports.cluster(to)
  const missing = estimate.topics.flatMap(({ topic, rows }) =>
    rows.flatMap(([partition, , , records]) => (records === 0 || records === null ? [] : [{ topic, partition }])),
  )
  if (missing.length === 0) return []
  const copies = missing.map(({ topic, partition }) => ({ topic: remoteName(naming, from, topic), partition }))
  const inTime = AbortSignal.any([
    signal,
    AbortSignal.timeout(Math.max(0, deadline(deps) - deps.clock.now().getTime())),
  ])
  try {
    const lasts = await cluster.lastRecords(copies, inTime)
    return missing.flatMap((place, index) => {
      const last = lasts[index]
      return last?.found === 'record' ? [{ ...place, timestamp: last.mark.timestamp }] : []
    })
  } catch (error) {
    signal.throwIfAborted()
    if (inTime.aborted || error instanceof ApplicationFailure) return []
    throw error
  }
}

function deadline(deps: ActivityDeps): number {
  return deps.clock.now().getTime() + activityInfo().startToCloseTimeoutMs - reserveMs
}

/**
 * What is stranded on the old side, counted there. What cannot be read within the attempt's time stays in the ledger
 * as a range of unknown size.
 */
export async function exactLoss(
  deps: ActivityDeps,
  {
    pair,
    from,
    to,
    topics,
    sample: packed = null,
    settlements,
  }: LinkRef & { topics: string[]; sample?: PackedSample | null; settlements?: Settlement[] },
  signal: AbortSignal,
): Promise<LossLedger> {
  const remembered = packed && unpackSample(packed)
  const cluster = deps.ports.cluster(from)
  const link = { pair, from, to }
  const mirroredTo = await deps.ports.mirroring(pair, from, to).mirroredTo(topics, signal)
  const copies = settlements === undefined ? null : await copiesNow(deps, { ...link, topics }, signal)
  const ends = await cluster.ends(topics, signal)
  const at = timestamp(deps)
  const missing =
    settlements === undefined
      ? (remembered?.missing ?? [])
      : await missingNow(
          deps,
          link,
          { at, sample: remembered, mirroredTo, copies, ends, settlements, still: false },
          signal,
        )
  const sample = { ...(remembered?.rests === undefined ? {} : { rests: remembered.rests }), missing }
  const until = deadline(deps)
  const scans = await eachOf(
    ledgerRanges(ends, mirroredTo, missing),
    scansAtOnce,
    async ({ topic, partition, from, to }) => {
      const pieces: StrandedScan[] = []
      for (let start = from; start < to && deps.clock.now().getTime() < until; start += piece) {
        const end = Math.min(start + piece, to)
        const found = await cluster.scan(topic, partition, start, end, signal)
        if (!found.complete) break
        pieces.push({ topic, partition, from: start, to: end, ...found })
      }
      return joined(pieces)
    },
  )
  const ledger = exactLedger({ takenAt: timestamp(deps), cluster: from, ends, mirroredTo, scans: scans.flat(), sample })
  const described = await attempt(() => deps.ports.mirroring(pair, from, to).describe(signal))
  if (!described.ok || !readsUncommitted(described.value)) return ledger
  // All topics: after weeks in the dark the brokers have forgotten which producers were transactional.
  const ranges = ends.flatMap(({ topic, partitions }) => {
    const offsets = mirroredOffsets(mirroredTo, topic)
    return partitions.flatMap((row) => mirroredRange(topic, row, offsets.get(row[0])))
  })
  const phantoms = await findPhantoms({ clock: deps.clock, cluster }, ranges, until, signal)
  return phantoms === null ? ledger : { ...ledger, phantoms }
}

/** One row for a partition, not one for each piece that was read: pieces follow each other without a gap. */
function joined(pieces: StrandedScan[]): StrandedScan[] {
  const withData = pieces.filter(({ records }) => records > 0)
  const [first, last] = [pieces[0], pieces.at(-1)]
  if (first === undefined || last === undefined) return []
  // Producers stamp as they like: the earliest need not be in the first piece.
  const timestamps = {
    first: withData.flatMap((found) => found.firstTimestamp ?? []).sort(byTime)[0],
    last: withData
      .flatMap((found) => found.lastTimestamp ?? [])
      .sort(byTime)
      .at(-1),
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

function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b)
}
