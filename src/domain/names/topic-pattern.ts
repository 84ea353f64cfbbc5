import { RE2JS } from 're2js'

/**
 * Java regular expressions over names of topics, judged in linear time: whoever may write to a Connect must not be able to hold up
 * this process. RE2 knows no look-arounds, but selections begin with them (`(?!internal\.).*`, and what `withoutTopics` writes), so
 * those at the beginning of an alternative are judged apart.
 */

/** Characters of all patterns of one selection together, lists of names apart. */
const mostText = 64 * 1024
/** Alternatives with look-arounds of one selection: each is judged by itself. */
const mostGuarded = 100
/** Groups in groups. */
export const deepest = 50

/** What one list of alternatives selects. */
interface Alternatives {
  names: Set<string>
  /** Names with `anyCharacter` in them, by their length: a name that is listed as it is has a "." that stands for any character. */
  dotted: Map<number, string[]>
  /** For RE2. */
  patterns: string[]
  guarded: { guards: Guard[]; rest: (name: string) => boolean }[]
}

interface Guard {
  wanted: boolean
  holds: (name: string) => boolean
}

interface Budget {
  text: number
  guarded: number
}

const anyCharacter = '\0'
const listedName = /^(?:[A-Za-z0-9._-]|\\\.)+$/
/** `(?i)`: holds for all that follows, also for later alternatives. */
const flags = /\(\?[a-zA-Z-]+\)/

/** Tells whether any of the expressions matches a whole name. What cannot be judged is thrown as `refused` makes it. */
export function wholeNames(
  expressions: readonly string[],
  refused: (expression: string, why: string) => Error,
): (name: string) => boolean {
  const all = none()
  const budget: Budget = { text: 0, guarded: 0 }
  for (const expression of expressions) {
    try {
      collect(expression, all, budget, 0)
    } catch (error) {
      throw refused(expression, error instanceof Error ? error.message : String(error))
    }
  }
  return matcherOf(all)
}

function none(): Alternatives {
  return { names: new Set(), dotted: new Map(), patterns: [], guarded: [] }
}

function matcherOf({ names, dotted, patterns, guarded }: Alternatives): (name: string) => boolean {
  // One automaton for all: each name is read once.
  const pattern = patterns.length === 0 ? null : RE2JS.compile(patterns.map((one) => `(?:${one})`).join('|'))
  return (name) =>
    names.has(name) ||
    dotted.get(name.length)?.some((listed) => fits(listed, name)) === true ||
    pattern?.matches(name) === true ||
    guarded.some(({ guards, rest }) => guards.every(({ wanted, holds }) => holds(name) === wanted) && rest(name))
}

function fits(listed: string, name: string): boolean {
  for (let at = 0; at < listed.length; at += 1) if (listed[at] !== anyCharacter && listed[at] !== name[at]) return false
  return true
}

function nested(expression: string, budget: Budget, depth: number): (name: string) => boolean {
  const inner = none()
  collect(expression, inner, budget, depth)
  return matcherOf(inner)
}

function collect(expression: string, into: Alternatives, budget: Budget, depth: number): void {
  if (depth > deepest) throw new Error('its groups nest too deeply')
  for (const alternative of alternativesOf(expression)) {
    const { guards, rest } = guardsOf(alternative)
    if (guards.length > 0) {
      if ((budget.guarded += 1) > mostGuarded) throw new Error(`more than ${mostGuarded} look-aheads`)
      into.guarded.push({
        guards: guards.map(({ wanted, body }) => ({ wanted, holds: nested(prefix(body), budget, depth + 1) })),
        rest: nested(rest, budget, depth + 1),
      })
    } else if (listedName.test(rest)) list(rest, into)
    else if (isGroup(rest)) collect(rest.slice(3, -1), into, budget, depth + 1)
    else into.patterns.push(judged(rest, budget))
  }
}

function list(entry: string, { names, dotted }: Alternatives): void {
  const name = entry.replace(/\\?\./g, (dot) => (dot === '.' ? anyCharacter : '.'))
  if (!name.includes(anyCharacter)) {
    names.add(name)
    return
  }
  const same = dotted.get(name.length)
  if (same) same.push(name)
  else dotted.set(name.length, [name])
}

/** The expression, compiled once alone, so that a fault is found where its entry is known. */
function judged(expression: string, budget: Budget): string {
  if ((budget.text += expression.length) > mostText)
    throw new Error(`patterns of more than ${mostText} characters together`)
  if (/(?<!\\)\(\?<?[=!]/.test(expression)) throw new Error('a look-around that is not at its beginning')
  RE2JS.compile(expression)
  return expression
}

/** What a look-ahead's body demands, as a demand on the whole name. */
function prefix(body: string): string {
  const alternatives = alternativesOf(body)
  const [only] = alternatives
  if (alternatives.length === 1 && only !== undefined && /(?<!\\)(?:\\\\)*\$$/.test(only)) return only.slice(0, -1)
  return `(?:${body}).*`
}

/** Look-aheads at the beginning of an alternative, and what follows. An anchor in front says nothing: whole names are matched. */
function guardsOf(alternative: string): { guards: { wanted: boolean; body: string }[]; rest: string } {
  const guards: { wanted: boolean; body: string }[] = []
  if (flags.test(alternative)) return { guards, rest: alternative }
  let rest = alternative.startsWith('^(') ? alternative.slice(1) : alternative
  while (rest.startsWith('(?!') || rest.startsWith('(?=')) {
    const end = closing(rest)
    if (end < 0) break
    guards.push({ wanted: rest[2] === '=', body: rest.slice(3, end) })
    rest = rest.slice(end + 1)
  }
  return { guards, rest }
}

function isGroup(expression: string): boolean {
  return expression.startsWith('(?:') && closing(expression) === expression.length - 1
}

/** Where the group that begins the expression ends; -1: nowhere. */
function closing(expression: string): number {
  let depth = 0
  for (const { at, token } of tokens(expression)) {
    if (token === '(') depth += 1
    else if (token === ')' && (depth -= 1) === 0) return at
  }
  return -1
}

/** The alternatives at the top level; one with flags stays whole. */
function alternativesOf(expression: string): string[] {
  if (flags.test(expression)) return [expression]
  const parts: string[] = []
  let [depth, from] = [0, 0]
  for (const { at, token } of tokens(expression)) {
    if (token === '(') depth += 1
    else if (token === ')') depth -= 1
    else if (depth === 0) {
      parts.push(expression.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, expression.slice(from)]
}

/** `(`, `)` and `|` that are neither escaped nor in a class. */
function* tokens(expression: string): Generator<{ at: number; token: string }> {
  let inClass = false
  for (let at = 0; at < expression.length; at += 1) {
    const token = expression.charAt(at)
    if (token === '\\') at += 1
    else if (inClass) inClass = token !== ']'
    else if (token === '[') {
      inClass = true
      // A bracket that comes first belongs to the class.
      if (expression.startsWith('^]', at + 1)) at += 2
      else if (expression[at + 1] === ']') at += 1
    } else if (token === '(' || token === ')' || token === '|') yield { at, token }
  }
}

/** An entry that topics were taken out of, as `(?!(?:t1|t2)$)(?:inner)`: the names as they are written, and the inner expression. */
export function narrowing(entry: string): { out: string[]; inner: string } | null {
  if (!entry.startsWith('(?!(?:')) return null
  const end = closing(entry)
  const body = entry.slice(3, Math.max(end, 3))
  const rest = entry.slice(end + 1)
  if (end < 0 || !body.endsWith(')$') || !isGroup(body.slice(0, -1)) || !isGroup(rest)) return null
  return { out: alternativesOf(body.slice(3, -2)), inner: rest.slice(3, -1) }
}
