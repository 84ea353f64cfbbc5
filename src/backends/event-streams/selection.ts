import type { EventStreamsConfig } from './settings.ts'
import { escapeTopic, nothingSelected, selectionEntries } from '../../domain/names/selection.ts'
import { precondition } from '../../ports/failures.ts'

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

type Transforms = Pick<EventStreamsConfig, 'topicNameTransform'>

/**
 * `[]`, `[""]` and what else selects no topic are one thing: `^$`. With a rename patterns are over names of which what is
 * removed is gone already; the text is over names as they are on the source.
 */
export function textOf(includes: readonly string[], link: Transforms): string {
  const entries = includes
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '' && pattern !== nothingSelected)
    .map((pattern) => anchoredName.exec(pattern)?.[1] ?? anchoredEntry.exec(pattern)?.[1] ?? pattern)
    .map((entry) => onSource(entry, link))
  return entries.length === 0 ? nothingSelected : entries.join(',')
}

/**
 * What is sent for a text. An entry that begins with an anchor is somebody's own and goes back as it came. PreconditionFailed
 * for an entry that cannot be said of names without what a rename removes.
 */
export function includesOf(text: string, link: Transforms): string[] {
  const patterns = selectionEntries(text)
    .filter((entry) => entry !== nothingSelected)
    .map((entry) => stripped(entry, link))
    .map((entry) => {
      if (entry.startsWith('^')) return entry
      return plainName.test(entry) ? `^${entry}$` : `^(?:${entry})$`
    })
  return patterns.length === 0 ? [''] : patterns
}

/** An entry over stripped names as one over names on the source. */
function onSource(entry: string, link: Transforms): string {
  const { before, after } = removed(link)
  if (before === '' && after === '') return entry
  if (plainName.test(entry)) return before + entry + after
  return `${before}(?:${entry.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')})${after}`
}

function stripped(entry: string, link: Transforms): string {
  const { before, after } = removed(link)
  if (before === '' && after === '') return entry
  const fits = entry.startsWith(before) && entry.endsWith(after) && entry.length > before.length + after.length
  const inner = entry.slice(before.length, entry.length - after.length)
  if (fits && plainName.test(inner)) return inner
  const pattern = fits ? /^\(\?:(.+)\)$/.exec(inner)?.[1] : undefined
  if (pattern !== undefined) return pattern
  throw precondition(
    `The selection stays as it is: "${entry}" cannot be said of names from which ${before}${after} is removed. Select exact names there (nothing by a pattern), then retry`,
  )
}

/** What the rename takes away, as parts of a regular expression. */
function removed({ topicNameTransform: transform }: Transforms): { before: string; after: string } {
  const { removePrefix = '', removeSuffix = '' } = transform.type === 'rename' ? transform.rename : {}
  return { before: escapeTopic(removePrefix), after: escapeTopic(removeSuffix) }
}
