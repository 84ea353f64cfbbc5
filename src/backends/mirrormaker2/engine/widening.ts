import { nothingSelected, selectedOf, selectionEntries } from '../../../domain/names/selection.ts'
import { narrowing } from '../../../domain/names/topic-pattern.ts'

/** The topic an entry stands for, when it is a plain name: escaped or as it is. */
export function exactTopic(entry: string): string | null {
  const name = entry.replace(/\\([\\^$.|?*+()[\]{}])/g, '$1')
  return /^[A-Za-z0-9._-]+$/.test(name) ? name : null
}

/** The text with whatever `other` selects besides; an entry that is a narrowed form of one it has adds nothing. */
export function widened(text: string, other: string): string {
  const entries = selectionEntries(text).filter((entry) => entry !== nothingSelected)
  const others = selectionEntries(other).filter((entry) => entry !== nothingSelected)
  const selected = new Set(
    selectedOf(
      entries.join(','),
      others.flatMap((entry) => exactTopic(entry) ?? []),
    ),
  )
  const added = others.filter((entry) => !selected.has(exactTopic(entry) ?? '') && !isFormOf(entries, entry))
  return added.length === 0 ? text : [...entries, ...added].join(',')
}

/** One of the entries itself, or what is left of one that topics were taken out of. */
function isFormOf(entries: string[], entry: string): boolean {
  for (let inner: string | undefined = entry; inner !== undefined; inner = narrowing(inner)?.inner)
    if (entries.includes(inner)) return true
  return false
}
