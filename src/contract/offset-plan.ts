import type { TopicOffsets } from './evidence.ts'

/**
 * By what a position is known, the surest first. `done`: whatever lies before it is read, or never was this pair's.
 * `reached`: the group had got so far, and may have read on. `untold`: nothing tells how far, so it is the start. `anew`: the
 * log is another one than the group had read, so it is its start. `lost`: records it had not read are gone before it.
 */
export const positionBases = ['done', 'reached', 'untold', 'anew', 'lost'] as const
export type PositionBasis = (typeof positionBases)[number]

/**
 * [topic, partition, chosen offset, committed on the source or -1, translated on the target or -1, re-reads at most, why,
 * basis]. Plans that were recorded before it had a basis have none.
 */
export type OffsetPlanRow = [
  topic: string,
  partition: number,
  chosen: number,
  committed: number,
  translated: number,
  duplicates: number,
  why: string,
  basis?: PositionBasis,
]

export interface OffsetPlan {
  groups: { group: string; rows: OffsetPlanRow[]; duplicates: number }[]
  /** Ends of the copies on the target: nothing is mirrored to them any more. Absent in plans made before they were kept. */
  copies?: TopicOffsets[]
  /** Places where no safe offset exists (loss for this group): the run stops and asks. */
  obstacles: string[]
}

/** An offset plan as a person reads it before the approval: the worst rows first, some at most. */
export interface ForeseenOffsets {
  rows: [group: string, ...row: OffsetPlanRow][]
  /** How many rows there are; the list may be shorter. */
  partitions: number
}

/**
 * What an approval binds of a group's positions: the basis of each, and no offset, since those move with every record.
 * `bases`: see `domain/positions/approved.ts`.
 */
export interface ApprovedPositions {
  group: string
  bases: string
}
