/**
 * The text of a link's `topics`: comma-separated Java regular expressions, each of which must match a whole name
 * (MirrorMaker 2, `DefaultTopicFilter`).
 */

/** Selects no topic. An empty text or an absent key is no way to say so: the absent key means `.*`. */
export const nothingSelected = '^$'

/** An entry that cannot be judged here, so that nothing may be concluded about what it selects. */
export class SelectionError extends Error {
  readonly entry: string

  constructor(entry: string, why: string) {
    super(
      `The selection entry "${entry}" cannot be judged (${why}). Write it as exact topic names, or as a regular expression without Java's own constructs.`,
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

/** As `matchesSelection`, for many topics: each entry is compiled once. Throws SelectionError at once. */
export function selectionMatcher(text: string | null): (topic: string) => boolean {
  const patterns = text === null ? [] : selectionEntries(text).map(patternOf)
  // A thousand exact names are one look-up.
  const exact = new Set(patterns.flatMap((pattern) => (typeof pattern === 'string' ? [pattern] : [])))
  const others = patterns.filter((pattern) => typeof pattern !== 'string')
  return (topic) => exact.has(topic) || others.some((pattern) => pattern.test(topic))
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

/** Does any entry match the whole name? A link without a selection (null: absent) selects nothing. Throws SelectionError. */
export function matchesSelection(text: string | null, topic: string): boolean {
  return text !== null && selectionEntries(text).some((entry) => matchesEntry(entry, topic))
}

/**
 * The text without the given topics; what else it selects stays selected. An entry that is the name, escaped or as it
 * is, goes; a pattern that matches is narrowed. Nothing left: `^$`. Throws SelectionError.
 */
export function withoutTopics(text: string, topics: string[]): string {
  const kept = selectionEntries(text)
    .filter((entry) => entry !== nothingSelected && !topics.some((topic) => names(entry, topic)))
    .map((entry) => {
      const hit = topics.filter((topic) => matchesEntry(entry, topic))
      return hit.length === 0 ? entry : `(?!(?:${[...new Set(hit)].map(escapeTopic).join('|')})$)(?:${entry})`
    })
  return kept.length === 0 ? nothingSelected : kept.join(',')
}

/** The text with the given topics: those not selected already are appended as exact entries. Throws SelectionError. */
export function withTopics(text: string | null, topics: string[]): string {
  const entries = selectionEntries(text ?? '').filter((entry) => entry !== nothingSelected)
  for (const topic of topics) {
    if (!entries.some((entry) => matchesEntry(entry, topic))) entries.push(escapeTopic(topic))
  }
  return entries.length === 0 ? nothingSelected : entries.join(',')
}

/**
 * The text with topics put back that were taken out of it, entry by entry: what `withoutTopics` narrowed for them is wide again,
 * entries of theirs are as they were in `original`, and whatever came or went meanwhile stays as it is. Throws SelectionError.
 */
export function withTopicsBack(text: string | null, topics: string[], original: string | null): string {
  const before = selectionEntries(original ?? '').filter((entry) => entry !== nothingSelected)
  const wide = selectionEntries(text ?? '')
    .filter((entry) => entry !== nothingSelected)
    .map((entry) => widenedFor(entry, topics))
  const theirs = before.filter((entry) => topics.some((topic) => names(entry, topic)))
  const entries = [...new Set([...wide, ...theirs])]
  for (const topic of topics) if (!entries.some((entry) => matchesEntry(entry, topic))) entries.push(escapeTopic(topic))
  // Selected by name as long as the pattern was narrow: the pattern selects it again.
  const needed = entries.filter(
    (entry) =>
      before.includes(entry) ||
      !topics.some((topic) => names(entry, topic)) ||
      !entries.some(
        (other) => other !== entry && topics.every((topic) => !names(entry, topic) || matchesEntry(other, topic)),
      ),
  )
  const place = (entry: string) => (before.includes(entry) ? before.indexOf(entry) : before.length)
  const sorted = needed.toSorted((a, b) => place(a) - place(b))
  return sorted.length === 0 ? nothingSelected : sorted.join(',')
}

/** An entry a topic was taken out of: `(?!(?:t1|t2)$)(?:entry)`. */
const narrowed = /^\(\?!\(\?:(.+?)\)\$\)\(\?:(.+)\)$/

function widenedFor(entry: string, topics: string[]): string {
  const [, out, inner] = narrowed.exec(entry) ?? []
  if (out === undefined || inner === undefined) return entry
  const gone = new Set(topics.map(escapeTopic))
  const left = out.split('|').filter((one) => !gone.has(one))
  const wide = widenedFor(inner, topics)
  return left.length === 0 ? wide : `(?!(?:${left.join('|')})$)(?:${wide})`
}

function names(entry: string, topic: string): boolean {
  return entry === topic || entry === escapeTopic(topic)
}

function matchesEntry(entry: string, topic: string): boolean {
  const pattern = patternOf(entry)
  return typeof pattern === 'string' ? pattern === topic : pattern.test(topic)
}

/** An entry that is one name, as that name; anything else compiled. */
function patternOf(entry: string): string | RegExp {
  const name = entry.replaceAll('\\.', '.')
  if (/^[A-Za-z0-9._-]+$/.test(name) && escapeTopic(name) === entry) return name
  const foreign = javaOnly(entry)
  if (foreign !== null) throw new SelectionError(entry, foreign)
  try {
    return new RegExp(`^(?:${entry})$`)
  } catch (error) {
    throw new SelectionError(entry, error instanceof Error ? error.message : 'not a regular expression')
  }
}

/** What JavaScript would compile with another meaning than Java: better refused than judged wrongly. */
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
