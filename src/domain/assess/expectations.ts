import type { Dossier } from '../../contract/dossier.ts'
import type { LagSample, LostRange, PhantomTotals } from '../../contract/evidence.ts'
import type { Expectations, Plan } from '../../contract/plan.ts'
import { approvedPositions } from '../positions/approved.ts'
import type { LateRecords } from '../positions/late-records.ts'
import { estimateLedger, uncountedRows } from '../losses/ledger.ts'
import { keepsNames } from '../names/naming.ts'
import { unpackSample } from '../watch/packed-sample.ts'
import { phantomsWhenLastSeen } from '../certificate/phantoms.ts'
import { sampleOfLink } from '../watch/remembered-links.ts'
import { notMirroredOffsets, placesOf, unseenPlaces } from '../watch/forced-loss.ts'
import { some } from '../watch/look.ts'
import { lossesOf, lostOffsets, lostText } from '../watch/losses.ts'
import { missingOffsets } from '../watch/missing.ts'
import { copiesAfter } from '../watch/remembered-copies.ts'
import { readsUncommitted } from '../plan/reads-uncommitted.ts'
import type { ForeseenMove } from './foreseen-positions.ts'
import type { World } from './world.ts'

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
  if (plan.operation === 'reset') return { ...strandedOn(plan, dossier), duplicates: [], orderBreaks: [] }
  const loss = lossOf(plan, dossier, world, at)
  const { lossRecords } = loss
  const phantoms = phantomsIn(plan, dossier, world)
  const lost = lostBefore(plan, dossier, world)
  const missing = missingOf(plan, dossier, world)
  return {
    ...loss,
    ...(missing === 0 ? {} : { missing }),
    ...(lost.length === 0 ? {} : { lostBefore: lostOffsets(lost), lostBeforeText: lostText(lost) }),
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
function strandedOn(
  { target, branch }: Plan,
  { ledgers, episode, moves }: Dossier,
): Pick<Expectations, 'lossRecords' | 'lossSeenAt'> {
  const side = branch === 'replace' ? undefined : target
  const ledger = ledgers.findLast(
    ({ cluster, takenAt }) =>
      (side === undefined || cluster === side) &&
      episode !== null &&
      Date.parse(takenAt) >= Date.parse(episode.startedAt),
  )
  if (ledger !== undefined) {
    const { takenAt, sampleAgeSeconds: age } = ledger
    return {
      lossRecords: uncountedRows(ledger) === 0 ? ledger.records : null,
      ...(age === null ? {} : { lossSeenAt: new Date(Date.parse(takenAt) - age * 1_000).toISOString() }),
    }
  }
  // A planned failover proved that nothing is stranded; of a forced one without a ledger nobody knows.
  const move = moves.findLast((one) => one.episode === episode?.number && one.operation === 'failover')
  return { lossRecords: move?.mode === 'forced' ? null : 0 }
}

/** Mirrored once, and missing from the copies. */
function missingOf(plan: Plan, { lastSample }: Dossier, { source, missing }: World): number {
  const ends = source.problem === null ? source.ends : lastSample === null ? [] : unpackSample(lastSample).ends
  return missingOffsets(missing, ends, plan.topics)
}

/**
 * A planned run loses nothing that the link can still bring, or does not go on; what the copies lack is lost to it as well. A
 * forced one loses what is not mirrored, by the position or by the copy.
 */
function lossOf(
  plan: Plan,
  dossier: Dossier,
  world: World,
  at: string,
): Pick<Expectations, 'lossRecords' | 'lossText' | 'lossSeenAt'> {
  const { link, source, copies, missing, arrived } = world
  if (plan.mode === 'planned') return { lossRecords: missingOf(plan, dossier, world) }
  const mirroredTo = link.mirroredTo.ok ? link.mirroredTo.value : null
  const packed = sampleOfLink(dossier, plan.link)
  const lastSample = packed && unpackSample(packed)
  if (source.problem === null && mirroredTo !== null) {
    const rests = lastSample?.rests
    const now = sampleNow({
      at,
      ends: source.ends,
      mirroredTo,
      copies,
      missing,
      ...(rests === undefined ? {} : { rests }),
    })
    return { lossRecords: notMirroredOffsets(now, plan.topics) + missingOffsets(missing, source.ends, plan.topics) }
  }
  if (lastSample === null) return { lossRecords: null }
  const { records } = estimateLedger({
    takenAt: at,
    cluster: plan.source,
    sample: { ...lastSample, missing },
    mirroredTo: mirroredTo ?? [],
    topics: plan.topics,
    lastMirrored: [],
    reached: arrived,
  })
  const known =
    source.problem === null
      ? source.ends.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(([partition]) => partition) }))
      : [
          ...placesOf(lastSample),
          ...placesOf({ mirroredTo: mirroredTo ?? [] }),
          ...(copies ?? []).map(({ topic, rows }) => ({ topic, partitions: rows.map(({ partition }) => partition) })),
        ]
  const unseen = unseenPlaces(lastSample.ends, known, plan.topics)
  const lossSeenAt = lastSample.sourceSeenAt ?? lastSample.at
  return unseen.length === 0
    ? { lossRecords: records, lossSeenAt }
    : { lossRecords: null, lossText: unseenText(records, unseen), lossSeenAt }
}

/** What is known, and where nothing is. */
function unseenText(records: number | null, unseen: readonly string[]): string {
  const elsewhere = records === null ? '' : `; elsewhere at most ${records} records by the last sample`
  return `unknown, since nothing is known of ${some(unseen)}, which the last sample does not cover${elsewhere}`
}

/** Both sides as they are, in the shape in which the pair remembers them. */
function sampleNow({
  at,
  ends,
  mirroredTo,
  copies,
  missing,
  rests,
}: Pick<LagSample, 'at' | 'ends' | 'mirroredTo' | 'rests'> & Pick<World, 'copies' | 'missing'>): LagSample {
  const seen = copiesAfter(undefined, copies, { mirroredTo, nothingBetween: new Set() })
  return {
    at,
    sourceReachable: true,
    linkReachable: true,
    totalLag: null,
    ends,
    mirroredTo,
    groups: [],
    copies: seen,
    missing,
    ...(rests === undefined ? {} : { rests }),
  }
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
  return loss === 0 ? 'records written after the last check' : `at most ${loss} records`
}
