import { nothingSelected, selectionEntries } from '../../../domain/selection.ts'

/**
 * The selection there is a list of regular expressions, here it is their text, comma-separated. Whether the provider
 * looks for a whole name or for a part of it is told differently in different places, so every entry is written with
 * anchors: both readings then agree.
 */

/** An anchored name: `^accounting\.invoices$`. */
const anchoredName = /^\^((?:[A-Za-z0-9_-]|\\\.)+)\$$/
/** An anchored entry, as `includesOf` writes whatever is no plain name: `^(?:entry)$`. */
const anchoredEntry = /^\^\(\?:(.+)\)\$$/
const plainName = /^(?:[A-Za-z0-9_-]|\\\.)+$/

/** `[]`, `[""]` and what else selects no topic are one thing: `^$`. */
export function textOf(includes: readonly string[]): string {
  const entries = includes
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '' && pattern !== nothingSelected)
    .map((pattern) => anchoredName.exec(pattern)?.[1] ?? anchoredEntry.exec(pattern)?.[1] ?? pattern)
  return entries.length === 0 ? nothingSelected : entries.join(',')
}

/** What is sent for a text. An entry that begins with an anchor is somebody's own and goes back as it came. */
export function includesOf(text: string): string[] {
  const patterns = selectionEntries(text)
    .filter((entry) => entry !== nothingSelected)
    .map((entry) => {
      if (entry.startsWith('^')) return entry
      return plainName.test(entry) ? `^${entry}$` : `^(?:${entry})$`
    })
  return patterns.length === 0 ? [''] : patterns
}
