import type { MoveRecord } from '../../contract/dossier.ts'
import type { PartitionEnds } from '../../contract/evidence.ts'
import { beginningOf, skippedEarly } from '../choices/early-records.ts'
import { beginsAtStart } from '../choices/uncommitted.ts'
import { factOf, lastCut } from '../dossier/dossier.ts'
import { movedIn } from './moved-in.ts'
import { remoteName } from '../names/naming.ts'
import type { PlannedMove, Position } from './position.ts'
import { settledAhead, settledRanges, skipSettled } from './settled.ts'

export interface LocalPartition {
  readonly group: string
  readonly topic: string
  readonly topicId: string
  readonly partitionEnds: PartitionEnds
}

/**
 * Where a group continues in the target's own topic: where it had got to there, by itself or by reading the copy on the
 * other side; else at the cut, where this episode's records begin. On a target the pair never left there is nothing of its
 * own before the cut, unless the group has committed there.
 */
export function localPosition(input: PlannedMove, at: LocalPartition): Position {
  const own = ownCommit(input, at)
  const cut = cutOf(input, at)
  if (cut === 'missing') return uncut(at, own?.offset)
  const bound = boundOf(cut.offset, at)
  const move = input.dossier.moves.findLast(
    (one) => one.from === input.plan.target && one.to === input.plan.source && movedIn(one, at.topic, input.find),
  )
  if (move === undefined && own === undefined) return { chosen: bound, duplicates: 0, why: cut.why, basis: 'done' }

  const left = returned(input, at, { move, own, bound })
  if (left.chosen < bound) return left
  return {
    ...left,
    ...(left.chosen === bound ? { why: cut.why } : {}),
    basis: left.basis === 'lost' ? 'lost' : 'done',
  }
}

/** No place to go on without a cut, but the one that somebody has set there. */
export function uncut({ partitionEnds: [, start, end] }: LocalPartition, set: number | undefined): Position {
  if (set !== undefined && set >= start && set <= end)
    return { chosen: set, duplicates: end - set, why: 'committed here: no cut is recorded', basis: 'reached' }
  return {
    chosen: start,
    duplicates: end - start,
    why: 'start: no cut is recorded',
    basis: 'lost',
    obstacle:
      'producers were started there, but no cut of this episode is recorded. Set the offset of the group there (kafka-consumer-groups --reset-offsets), then retry.',
  }
}

/** The cut as an offset of the log as it is now. */
export function boundOf(cut: number, { partitionEnds: [, start, end] }: LocalPartition): number {
  return Math.min(Math.max(cut, start), end)
}

/** Offset where this episode's records begin; before it is marked, as it would be marked now. */
export function cutOf(input: PlannedMove, at: LocalPartition): { offset: number; why: string } | 'missing' {
  const [partition, start, end] = at.partitionEnds
  const cut = lastCut(input.dossier, input.plan.target)
  if (cut !== undefined && cut.episode === input.dossier.episode?.number) {
    const topic = input.find.entry(cut.topics, at.topic)
    const offset = topic && input.find.row(topic.offsets, partition)?.[1]
    // A partition or topic the cut does not know is younger than it: all of it is of this episode.
    return offset === undefined ? { offset: start, why: 'start: younger than the cut' } : { offset, why: 'cut' }
  }
  if (factOf(input.dossier, input.plan.operation, 'start-producers') !== undefined) return 'missing'
  const begins = beginningOf(
    input.plan,
    input.dossier,
    { topic: at.topic, topicId: at.topicId },
    at.partitionEnds,
    input.find,
  )
  return begins < end
    ? { offset: begins, why: 'records from before the cut begin here' }
    : { offset: end, why: 'present end: the cut is not marked yet' }
}

interface OwnCommit {
  readonly offset: number
  /** When it was seen; undefined: it is there now. */
  readonly at: string | undefined
}

/**
 * Own progress on the target: as last snapshot there, since commits of idle groups expire; or what is there now, where that is
 * further: the group has read on, or a person has set it.
 */
function ownCommit(
  input: PlannedMove,
  { group, topic, partitionEnds: [partition] }: LocalPartition,
): OwnCommit | undefined {
  const live = input.find.committed(input.target.committed, group, topic, partition)
  const snapshots = input.dossier.snapshots.filter(({ cluster }) => cluster === input.plan.target)
  for (const { groups, at } of snapshots.toReversed()) {
    const offset = input.find.committed(groups, group, topic, partition)
    if (offset !== undefined && offset >= (live ?? -1)) return { offset, at }
    if (offset !== undefined) break
  }
  return live === undefined ? undefined : { offset: live, at: undefined }
}

/** Position in what lies before the cut (`bound`), on a cluster the group may have read before. */
function returned(
  input: PlannedMove,
  at: LocalPartition,
  { move, own, bound }: { move: MoveRecord | undefined; own: OwnCommit | undefined; bound: number },
): Position {
  const [partition, start, end] = at.partitionEnds
  const elsewhere = readElsewhere(input, at, move)
  const before = furthest(own?.offset, elsewhere.proven)
  const fenced = move?.fencedEnds && input.find.entry(move.fencedEnds, at.topic)
  const recreated = fenced !== undefined && fenced.topicId !== at.topicId
  if (recreated || before.offset > end) {
    // Old offsets say nothing about another log: all of it may be unread.
    const what = recreated ? 'was recreated since' : `was read to ${before.offset}, beyond its end ${end}`
    return { chosen: start, duplicates: bound - start, why: `start: the topic ${what}`, basis: 'anew' }
  }
  const ranges = [
    ...settledRanges(input.dossier, input.plan.target, at.topic, partition, move?.episode ?? 0, input.find),
    ...skippedHere(input, at),
  ]
  const passed = skipSettled(before.offset, ranges)
  const chosen = Math.min(skipSettled(Math.max(passed, start), ranges), end)
  const readAtMost = Math.max(elsewhere.atMost, ownAtMost(input, at, move, own))
  const ahead = Math.max(0, Math.min(readAtMost, bound) - chosen) + settledAhead(chosen, ranges)
  const duplicates = Math.min(Math.max(0, bound - chosen), ahead)
  if (before.known && passed < start) {
    return {
      chosen,
      duplicates,
      why: 'start: what the group had read ends before it',
      basis: 'lost',
      obstacle: `read to ${passed}, but the topic starts at ${start}: up to ${start - passed} records the group has not read have expired.`,
    }
  }
  const skipped = chosen > Math.max(before.offset, start)
  return {
    chosen,
    duplicates,
    why: skipped ? `past settled records: ${before.why}` : before.why,
    basis: before.known ? 'reached' : 'untold',
  }
}

/** What was there before the cut, and was chosen to be left unread: it follows whatever was settled. */
function skippedHere({ plan, find }: PlannedMove, { topic, topicId, partitionEnds: [partition] }: LocalPartition) {
  const skipped = skippedEarly(plan, topic, partition, topicId, find)
  return skipped === undefined ? [] : [skipped]
}

/** How far the group can have read here by itself. A commit seen before it left, and gone since, does not tell. */
function ownAtMost(
  input: PlannedMove,
  { group, topic, partitionEnds: [partition] }: LocalPartition,
  move: MoveRecord | undefined,
  own: OwnCommit | undefined,
): number {
  // Its consumers died with the cluster: they may have processed what they never came to commit.
  if (move?.mode === 'forced') return Number.MAX_SAFE_INTEGER
  const live = input.find.committed(input.target.committed, group, topic, partition)
  if (live !== undefined) return Math.max(live, own?.offset ?? 0)
  const final = own?.at !== undefined && move !== undefined && Date.parse(own.at) >= Date.parse(move.at)
  return final ? own.offset : Number.MAX_SAFE_INTEGER
}

interface Reached {
  readonly offset: number
  readonly why: string
  readonly known: boolean
}

function furthest(own: number | undefined, elsewhere: { offset: number; why: string } | undefined): Reached {
  if (elsewhere !== undefined && elsewhere.offset > (own ?? -1)) return { ...elsewhere, known: true }
  return own === undefined
    ? { offset: 0, why: 'start: never read by the group', known: false }
    : { offset: own, why: 'committed here before', known: true }
}

/**
 * What the group read of this topic otherwise than its commits here tell: for certain (`proven`), and at most. By the
 * copy on the other side, or up to the fence when it left. After a planned move all data up to the fence was mirrored.
 */
function readElsewhere(
  input: PlannedMove,
  { group, topic, partitionEnds: [partition] }: LocalPartition,
  move: MoveRecord | undefined,
): { proven: { offset: number; why: string } | undefined; atMost: number } {
  if (move === undefined) return { proven: undefined, atMost: 0 }
  const fenced = move.fencedEnds && input.find.entry(move.fencedEnds, topic)
  const fence = fenced && input.find.row(fenced.partitions, partition)?.[2]
  if (fence !== undefined && move.drainedGroups.includes(group)) {
    return { proven: { offset: fence, why: 'fenced end it had read to when it left' }, atMost: fence }
  }
  const mirroredTo = move.mirroredTo && input.find.entry(move.mirroredTo, topic)
  const last = mirroredTo && input.find.row(mirroredTo.offsets, partition)?.[1]
  const copied = last === undefined ? undefined : last + 1
  const mirrored = move.mode === 'planned' ? (fence ?? copied) : copied
  // With the link's offsets known and none for this partition, nothing of it was mirrored; without them all may have been.
  const atMost = mirrored ?? (move.mirroredTo === undefined ? Number.MAX_SAFE_INTEGER : 0)
  const copy = remoteName(input.plan.naming, input.plan.target, topic)
  const readThere = input.drainedGroups.includes(group) && !beginsAtStart(input.plan, group, copy, partition)
  return mirrored !== undefined && readThere
    ? { proven: { offset: mirrored, why: 'upstream position of what was read remotely' }, atMost }
    : { proven: undefined, atMost }
}
