import type { MirroredTo } from '../../contract/evidence.ts'

/** Mirrored-to offsets of a link, by topic. */
export interface TopicMirroredTo {
  readonly topic: string
  readonly offsets: readonly MirroredTo[]
  /** Partitions whose position nobody can tell: neither that they are mirrored, nor that they are not. Absent: none. */
  readonly incomparable?: readonly number[]
}

/** Positions alone, as they are kept and recorded. */
export function offsetsOnly<Offsets>(
  mirroredTo: readonly { topic: string; offsets: Offsets }[],
): { topic: string; offsets: Offsets }[] {
  return mirroredTo.map(({ topic, offsets }) => ({ topic, offsets }))
}

/** Where mirroring goes on: behind the last acknowledged record, never before what the log still holds. */
export function nextToMirror(mirroredTo: number | undefined, start: number): number {
  return mirroredTo === undefined ? start : Math.max(mirroredTo + 1, start)
}

/** Last acknowledged offsets of one topic, by partition. */
export function mirroredOffsets(mirroredTo: readonly TopicMirroredTo[], topic: string): Map<number, number> {
  return new Map(mirroredTo.filter((entry) => entry.topic === topic).flatMap((entry) => entry.offsets))
}
