import { SelectionError, selectedOf } from '../../names/selection.ts'
import { type WatchRule, some } from '../look.ts'

/** Topics of the pair that the link does not select: nothing of them is mirrored, and no number of the link shows it. */
export const unselectedTopics: WatchRule = ({ link, topics, from, to }) => {
  if (link === null) return undefined
  try {
    const selected = new Set(selectedOf(link.selection, topics))
    const missed = topics.filter((topic) => !selected.has(topic))
    if (missed.length === 0) return null
    return {
      severity: 'blocking',
      text: `The selection of ${from}->${to} (${link.selection ?? 'none'}) matches none of ${some(missed)}.`,
      todo: "Add them to the connector's topics, or take them out of the pair.",
    }
  } catch (error) {
    // What it selects cannot be judged here; `assess` says so.
    if (error instanceof SelectionError) return null
    throw error
  }
}
