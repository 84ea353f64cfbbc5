/**
 * The text of a link's `topics`: comma-separated Java regular expressions, each of which must match a whole name
 * (MirrorMaker 2, `DefaultTopicFilter`).
 */
import { deepest, narrowing, wholeNames } from './topic-pattern.ts'

/** Selects no topic. An empty text or an absent key is no way to say so: the absent key means `.*`. */
export const nothingSelected = '^$'

/** An entry that cannot be judged here, so that nothing may be concluded about what it selects. */
export class SelectionError extends Error {
  readonly entry: string

  constructor(entry: string, why: string) {
    super(
      `The selection entry "${entry}" cannot be judged (${why}). Write it as exact topic names, or as a regular expression without Java's own constructs, back-references and look-arounds other than a look-ahead at its beginning.`,
    )
    this.name = 'SelectionError'
    this.entry = entry
  }
}

/** Java regular expression for exactly this topic. */
export function escapeTopic(topic: string): string {
  return topic.replace(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)
}

/** Entries of the text, trimmed, empty ones dropped. */
export function selectionEntries(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** As `matchesSelection`, for many topics: compiled once. Throws SelectionError at once. */
export function selectionMatcher(text: string | null): (topic: string) => boolean {
  return text === null ? () => false : entriesMatcher(selectionEntries(text))
}

/** The same where nobody can be asked: a selection that cannot be judged selects everything (`unreadable` true), or nothing. */
export function matcherOr(text: string | null, unreadable: boolean): (topic: string) => boolean {
  try {
    return selectionMatcher(text)
  } catch (error) {
    if (error instanceof SelectionError) return () => unreadable
    throw error
  }
}

/** Does any entry match the whole name? As `selectedOf`. */
export function matchesSelection(text: string | null, topic: string): boolean {
  return selectedOf(text, [topic]).length > 0
}

/**
 * Those of the topics whose whole name an entry matches; a link without a selection (null: absent) selects nothing. An entry that
 * cannot be judged is no matter where the others select all of them; else it is thrown as SelectionError.
 */
export function selectedOf(text: string | null, topics: readonly string[]): string[] {
  if (text === null) return []
  const entries = selectionEntries(text)
  try {
    return topics.filter(entriesMatcher(entries))
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error
    const judged = topics.filter(entriesMatcher(entries.filter(canBeJudged)))
    if (judged.length < topics.length) throw error
    return judged
  }
}

/** The same; null where it cannot be judged. */
export function selectedOrUnknown(text: string | null, topics: readonly string[]): string[] | null {
  try {
    return selectedOf(text, topics)
  } catch (error) {
    if (error instanceof SelectionError) return null
    throw error
  }
}

function canBeJudged(entry: string): boolean {
  try {
    entriesMatcher([entry])
    return true
  } catch {
    return false
  }
}

/**
 * The text without the given topics; what else it selects stays selected. An entry that is the name, escaped or as it
 * is, goes; a pattern that matches is narrowed. Nothing left: `^$`. Throws SelectionError.
 */
export function withoutTopics(text: string, topics: string[]): string {
  const named = spellings(topics)
  const kept = selectionEntries(text)
    .filter((entry) => entry !== nothingSelected && !named.has(entry))
    .map((entry) => {
      const hit = topics.filter(entriesMatcher([entry]))
      return hit.length === 0 ? entry : `(?!(?:${[...new Set(hit)].map(escapeTopic).join('|')})$)(?:${entry})`
    })
  return kept.length === 0 ? nothingSelected : kept.join(',')
}

/** The text with the given topics: those not selected already are appended as exact entries. Throws SelectionError. */
export function withTopics(text: string | null, topics: string[]): string {
  const entries = selectionEntries(text ?? '').filter((entry) => entry !== nothingSelected)
  const selected = entriesMatcher(entries)
  const added = topics.filter((topic) => !selected(topic)).map(escapeTopic)
  entries.push(...new Set(added))
  return entries.length === 0 ? nothingSelected : entries.join(',')
}

/**
 * The text with topics put back that were taken out of it, entry by entry: what `withoutTopics` narrowed for them is wide again,
 * entries of theirs are as they were in `original`, and whatever came or went meanwhile stays as it is. Throws SelectionError.
 */
export function withTopicsBack(text: string | null, topics: string[], original: string | null): string {
  const named = spellings(topics)
  const before = selectionEntries(original ?? '').filter((entry) => entry !== nothingSelected)
  const wide = selectionEntries(text ?? '')
    .filter((entry) => entry !== nothingSelected)
    .map((entry) => widenedFor(entry, named))
  const entries = [...new Set([...wide, ...before.filter((entry) => named.has(entry))])]
  const selected = entriesMatcher(entries)
  entries.push(...new Set(topics.filter((topic) => !selected(topic)).map(escapeTopic)))
  const places = new Map(before.map((entry, place) => [entry, place]))
  // Selected by name as long as the pattern was narrow: the pattern selects it again.
  const stays = (entry: string) => places.has(entry) || !named.has(entry)
  const selectedAnyway = entriesMatcher(entries.filter(stays))
  const needed = entries.filter((entry) => stays(entry) || !selectedAnyway(named.get(entry) ?? entry))
  const place = (entry: string) => places.get(entry) ?? before.length
  const sorted = needed.toSorted((a, b) => place(a) - place(b))
  return sorted.length === 0 ? nothingSelected : sorted.join(',')
}

/** What a text selects besides these topics, as entries: the same before and after they are taken out or put back. */
export function entriesBeside(text: string | null, topics: readonly string[]): string[] {
  const named = spellings([...topics])
  const entries = selectionEntries(text ?? '').map((entry) => widenedFor(entry, named))
  return [...new Set(entries)].filter((entry) => entry !== nothingSelected && !named.has(entry)).sort()
}

function widenedFor(entry: string, named: ReadonlyMap<string, string>, depth = 0): string {
  const found = narrowing(entry)
  if (!found) return entry
  // Each look is at all of the text that is left.
  if (depth > deepest) throw new SelectionError(entry, 'it was narrowed too often')
  const left = found.out.filter((name) => !named.has(name))
  const wide = widenedFor(found.inner, named, depth + 1)
  return left.length === 0 ? wide : `(?!(?:${left.join('|')})$)(?:${wide})`
}

/** How an entry may name each of the topics, as it is or escaped, and which. */
function spellings(topics: string[]): Map<string, string> {
  return new Map(topics.flatMap((topic) => [topic, escapeTopic(topic)].map((spelt) => [spelt, topic] as const)))
}

/** One matcher for all entries. Throws SelectionError. */
function entriesMatcher(entries: string[]): (topic: string) => boolean {
  for (const entry of entries) {
    const foreign = javaOnly(entry)
    if (foreign !== null) throw new SelectionError(entry, foreign)
  }
  return wholeNames(entries, (entry, why) => new SelectionError(entry, why))
}

/** What RE2 would compile with another meaning than Java: better refused than judged wrongly. */
function javaOnly(entry: string): string | null {
  const escape = /\\([A-Za-z])/g
  const plain = entry.replace(/\\\\/g, '_')
  for (const [, letter] of plain.matchAll(escape)) {
    if (letter !== undefined && !'dDwWsSbBtnrfxuck'.includes(letter)) return `\\${letter} differs between Java and here`
  }
  const bare = plain.replace(/\\./g, '_')
  if (/\{(?!\d+\})/.test(bare)) return 'a "{" without its "}": a comma separates entries, even inside braces'
  if (/\[\^?\]|\[[^\]]*(?:&&|\[)/.test(bare)) return 'a character class only Java understands, or an empty one'
  return null
}
