import type { Settlement } from '../../contract/dossier.ts'
import type { MissingCopies } from '../../contract/evidence.ts'
import { indexing } from '../positions/lookup.ts'
import { settledRanges, skipSettled } from '../positions/settled.ts'

/** Places, by `topic/partition`, where a person settled what the copy lacks: the position was moved past it on purpose. */
export function settledPlaces(
  missing: readonly MissingCopies[],
  settlements: readonly Settlement[],
  cluster: string,
): Set<string> {
  const find = indexing()
  const behind = missing.filter(({ why }) => why === 'copy-behind')
  return new Set(
    behind.flatMap(({ topic, rows }) =>
      rows
        .filter(([partition, from, to]) => {
          const ranges = settledRanges({ settlements: [...settlements] }, cluster, topic, partition, 0, find)
          return skipSettled(from, ranges) >= to
        })
        .map(([partition]) => `${topic}/${partition}`),
    ),
  )
}
