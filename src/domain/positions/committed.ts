import type { GroupOffsets } from '../../contract/evidence.ts'

/** Next offset to read, of one group and partition. A commit of -1 is none. */
export function committedOf(
  groups: readonly GroupOffsets[],
  group: string,
  topic: string,
  partition: number,
): number | undefined {
  const offsets = groups
    .filter((entry) => entry.group === group)
    .flatMap((entry) => entry.topics)
    .filter((entry) => entry.topic === topic)
    .flatMap((entry) => entry.offsets)
  const committed = offsets.find(([p]) => p === partition)?.[1]
  return committed === undefined || committed < 0 ? undefined : committed
}
