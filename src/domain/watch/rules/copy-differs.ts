import { differenceText } from '../../compare/summary.ts'
import { type WatchRule, some } from '../look.ts'

/** Records that the background comparison did not find in a copy. */
export const copyDiffers: WatchRule = ({ from, to }, { compared }) => {
  if (compared === undefined) return undefined
  const { differences } = compared
  if (differences.length === 0) return null
  const records = differences.reduce((sum, one) => sum + one.records, 0)
  const copies = [...new Set(differences.map(({ copy }) => copy))]
  return {
    severity: 'blocking',
    text: `${records} ${records === 1 ? 'record' : 'records'} of ${from} ${records === 1 ? 'is' : 'are'} missing from the copies on ${to}, or ${records === 1 ? 'has' : 'have'} another content there: ${some(differences.map(differenceText))}.`,
    todo: `Mirroring went past these offsets: a position that was set manually, or a copy that was deleted or re-created (${some(copies)}). To mirror them again, stop the connector, set its offset of each partition to the offset before the first one named (PATCH /connectors/NAME/offsets), and resume it: records after it are then in the copy twice. See docs/on-call.md#compare-copies.`,
  }
}
