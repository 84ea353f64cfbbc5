import type { Dossier } from '../../contract/dossier.ts'
import type { LostRange, PhantomTotals } from '../../contract/evidence.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import { approvedPositions } from '../../domain/approved-positions.ts'
import type { LateRecords } from '../../domain/late-records.ts'
import { estimateLedger } from '../../domain/ledger.ts'
import { keepsNames } from '../../domain/naming.ts'
import { unpackSample } from '../../domain/packed-sample.ts'
import { partitionLag } from '../../domain/certificate.ts'
import { phantomsWhenLastSeen } from '../../domain/phantoms.ts'
import { lossesOf, lostOffsets } from '../../domain/watch/losses.ts'
import { readsUncommitted } from '../evidence/phantoms.ts'
import type { ForeseenMove } from './foreseen-positions.ts'
import type { World } from './look.ts'

/**
 * What will be lost, doubled or reordered, as it looks now: said before the approval, which is bound to it. `foreseen`: where
 * the groups would continue; null where that cannot be told.
 */
export function expectationsOf(
  plan: Plan,
  dossier: Dossier,
  world: World,
  { at, foreseen }: { at: string; foreseen: ForeseenMove | null },
): Expectations {
  if (plan.operation === 'reset') return { lossRecords: strandedOn(plan, dossier), duplicates: [], orderBreaks: [] }
  const lossRecords = lossOf(plan, dossier, world, at)
  const phantoms = phantomsIn(plan, dossier, world)
  const lost = lostBefore(plan, dossier, world)
  return {
    lossRecords,
    ...(lost.length === 0 ? {} : { lostBefore: lostOffsets(lost) }),
    duplicates: foreseen?.offsets.groups.map(({ group, duplicates }) => ({ group, records: duplicates })) ?? [],
    orderBreaks: orderBreaksOf(plan, world, foreseen, lossRecords),
    ...(foreseen === null ? {} : { positions: approvedPositions(plan, foreseen.offsets) }),
    ...(phantoms === null ? {} : { phantoms }),
  }
}

/** What the pair's watch saw lost, of the topics as they are; of a dark source, as they were. */
function lostBefore(plan: Plan, { lastSample: sample }: Dossier, { source }: World): LostRange[] {
  const lost = (sample?.lost ?? []).filter(({ topic }) => plan.topics.includes(topic))
  return source.problem === null ? lossesOf(lost, source.ends) : lost
}

/** As the source tells; of a dark one what was undecided when it was last seen. */
function phantomsIn(plan: Plan, dossier: Dossier, { source, link, phantoms }: World): PhantomTotals | null {
  const sample = dossier.lastSample && unpackSample(dossier.lastSample)
  const mirroredTo = link.mirroredTo.ok ? link.mirroredTo.value : []
  const found =
    source.problem !== null && readsUncommitted(link.description)
      ? phantomsWhenLastSeen(sample, mirroredTo, plan.topics)
      : phantoms
  return found && { aborted: found.aborted, open: found.open, partitions: found.partitions, unread: found.unread }
}

/** What the failover left on the old side, by the newest ledger of this episode. */
function strandedOn({ target, branch }: Plan, { ledgers, episode }: Dossier): number {
  const side = branch === 'replace' ? undefined : target
  const ledger = ledgers.findLast(
    ({ cluster, takenAt }) =>
      (side === undefined || cluster === side) &&
      episode !== null &&
      Date.parse(takenAt) >= Date.parse(episode.startedAt),
  )
  return ledger?.records ?? 0
}

/** A planned run loses nothing, or does not go on. A forced one loses what the link had not acknowledged. */
function lossOf(plan: Plan, { lastSample: packed }: Dossier, { link, source }: World, at: string): number | null {
  if (plan.mode === 'planned') return 0
  const mirroredTo = link.mirroredTo.ok ? link.mirroredTo.value : null
  if (source.problem === null && mirroredTo !== null) {
    return source.ends
      .filter(({ topic }) => plan.topics.includes(topic))
      .flatMap(({ topic, partitions }) => {
        const offsets = new Map(mirroredTo.find((entry) => entry.topic === topic)?.offsets)
        return partitions.map(([partition, logStart, highWatermark]) =>
          partitionLag({ highWatermark, mirroredTo: offsets.get(partition), logStart }),
        )
      })
      .reduce((sum, lag) => sum + lag, 0)
  }
  if (packed === null) return null
  const lastSample = unpackSample(packed)
  const sampled = new Set(lastSample.ends.map(({ topic }) => topic))
  if (plan.topics.some((topic) => !sampled.has(topic))) return null
  const { records } = estimateLedger({
    takenAt: at,
    cluster: plan.source,
    sample: lastSample,
    mirroredTo: mirroredTo ?? [],
    topics: plan.topics,
    lastMirrored: [],
  })
  return records
}

/** Whoever writes what it makes of its input writes it again for input that it reads again: its transactions end at the move. */
export function doubledOutputs(
  { operation, applications }: Plan,
  duplicates: Expectations['duplicates'],
): Pick<Expectations, 'duplicateOutputs'> {
  if (operation === 'reset') return {}
  const reread = new Map(duplicates.map(({ group, records }) => [group, records]))
  const duplicateOutputs = applications.flatMap(({ name, group, stays, transactionalIds }) =>
    group !== undefined && (transactionalIds !== undefined || stays === 'streams')
      ? [{ application: name, records: reread.get(group) ?? 0 }]
      : [],
  )
  return duplicateOutputs.length === 0 ? {} : { duplicateOutputs }
}

function orderBreaksOf(
  plan: Plan,
  { source, target }: World,
  foreseen: ForeseenMove | null,
  loss: number | null,
): Expectations['orderBreaks'] {
  const counts = new Map(target.topics.map(({ topic, partitions }) => [topic, partitions]))
  const unequal = source.topics.some(
    ({ topic, partitions }) => plan.topics.includes(topic) && (counts.get(topic) ?? partitions) !== partitions,
  )
  const ofAll = [
    ...(plan.ordering === 'relaxed' && !keepsNames(plan.naming, plan.source)
      ? [`ordering is relaxed: it reads the copies from ${plan.source} and the new records at the same time`]
      : []),
    ...(plan.ordering === 'strict' && plan.mode === 'forced' && (loss !== 0 || source.problem !== null)
      ? [`${strandedText(loss)} may be stranded on ${plan.source}: kept or replayed later, they come after newer ones`]
      : []),
    ...(unequal ? ['partition counts differ, so keys change their partition'] : []),
  ]
  return plan.groups.flatMap((group) => {
    const late = plan.ordering === 'strict' ? foreseen?.late.find((one) => one.group === group) : undefined
    const reasons = [...ofAll, ...(late ? lateTexts(plan, late) : [])]
    if (reasons.length === 0) return []
    // Reasons that hold for all say of no number that it is the whole.
    const records = ofAll.length === 0 && late ? { records: late.onTarget + late.inCopy } : {}
    return [{ group, reason: reasons.join('; '), ...records }]
  })
}

/** A group that is behind over more than one segment would have to take turns between a topic and a copy. */
function lateTexts({ source, target }: Plan, { onTarget, inCopy }: LateRecords): string[] {
  return [
    ...(onTarget > 0
      ? [
          `up to ${onTarget} records on ${target} from before it was left are unread there, and come after newer ones of ${source}`,
        ]
      : []),
    ...(inCopy > 0
      ? [
          `up to ${inCopy} records on ${source} from before it was left are unread there, and come after newer ones of ${target}`,
        ]
      : []),
  ]
}

/** Nobody saw what was written right before the source went dark, so an estimate of none is not none. */
function strandedText(loss: number | null): string {
  if (loss === null) return 'an unknown number of records'
  return loss === 0 ? 'records written after the last look' : `about ${loss} records`
}
