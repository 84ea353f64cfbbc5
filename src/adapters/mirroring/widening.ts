import { matchesSelection, nothingSelected, selectionEntries } from '../../domain/selection.ts'

/** An entry a topic was taken out of: `(?!(?:t1|t2)$)(?:entry)`, as `withoutTopics` writes it. */
const narrowedEntry = /^\(\?!\(\?:.+?\)\$\)\(\?:(.+)\)$/

/** The topic an entry stands for, when it is a plain name: escaped or as it is. */
export function exactTopic(entry: string): string | null {
  const name = entry.replace(/\\([\\^$.|?*+()[\]{}])/g, '$1')
  return /^[A-Za-z0-9._-]+$/.test(name) ? name : null
}

/** The text with whatever `other` selects besides; an entry that is a narrowed form of one it has adds nothing. */
export function widened(text: string, other: string): string {
  const entries = selectionEntries(text).filter((entry) => entry !== nothingSelected)
  const added = selectionEntries(other).filter((entry) => entry !== nothingSelected && !covers(entries, entry))
  return added.length === 0 ? text : [...entries, ...added].join(',')
}

function covers(entries: string[], entry: string): boolean {
  const topic = exactTopic(entry)
  if (topic !== null && matchesSelection(entries.join(','), topic)) return true
  for (let inner: string | undefined = entry; inner !== undefined; inner = narrowedEntry.exec(inner)?.[1])
    if (entries.includes(inner)) return true
  return false
}
