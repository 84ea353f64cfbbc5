import type { GroupOffsets, TopicEnds } from '../../contract/evidence.ts'
import type { Naming } from '../../contract/plan.ts'
import type { ForcedReread } from '../../contract/watch.ts'
import { committedOf } from '../positions/committed.ts'
import { remoteName } from '../names/naming.ts'

export interface RereadLook {
  readonly naming: Naming
  readonly from: string
  readonly readers: readonly { readonly group: string; readonly topics: readonly string[] }[]
  /** Of the copies on the target. */
  readonly copyEnds: readonly TopicEnds[]
  /** Of the groups on the copies: what was translated. */
  readonly translated: readonly GroupOffsets[]
  /** Of the groups on the source; null: it did not answer. */
  readonly committed: readonly GroupOffsets[] | null
}

/**
 * What each group would read twice if the source were given up now, at most: a copy from where the link has translated its position,
 * or from its start. Where the group has committed nothing on the source it has read nothing that it could read twice.
 */
export function forcedReread(look: RereadLook): ForcedReread[] {
  const { naming, from, readers, copyEnds, translated, committed } = look
  return readers.map(({ group, topics }) => {
    const places = topics.flatMap((topic) => {
      const copy = remoteName(naming, from, topic)
      const partitions = copyEnds.find((entry) => entry.topic === copy)?.partitions ?? []
      return partitions
        .filter(([partition]) => committed === null || committedOf(committed, group, topic, partition) !== undefined)
        .map(([partition, start, end]) => {
          const at = committedOf(translated, group, copy, partition)
          // Offsets beyond the end are of a copy that is gone.
          const known = at !== undefined && at <= end
          return { records: end - Math.max(known ? at : start, start), known }
        })
        .filter(({ records }) => records > 0)
    })
    return {
      group,
      records: places.reduce((sum, { records }) => sum + records, 0),
      untranslated: places.filter(({ known }) => !known).reduce((sum, { records }) => sum + records, 0),
    }
  })
}

/** "billing 171, shipping 3"; empty: nobody would. */
export function forcedRereadText(reread: readonly ForcedReread[]): string {
  const some = reread.filter(({ records }) => records > 0).toSorted((a, b) => b.records - a.records)
  const more = some.length > 5 ? ` and ${some.length - 5} more groups` : ''
  return `${some
    .slice(0, 5)
    .map(({ group, records }) => `${group} ${records}`)
    .join(', ')}${more}`
}
