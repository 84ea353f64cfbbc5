export interface ScopeInput {
  /** Asked for; undefined: all of the pair. */
  readonly topics: readonly string[] | undefined
  readonly pairTopics: readonly string[]
  readonly applications: readonly ScopedApplication[]
}

export interface ScopedApplication {
  readonly name: string
  readonly kind: string
  readonly topics: readonly string[]
  readonly group?: string | undefined
  readonly transactionalIds?: readonly string[] | undefined
}

export type Scope =
  | { readonly ok: true; readonly topics: string[]; readonly applications: string[]; readonly groups: string[] }
  | { readonly ok: false; readonly problem: string }

/**
 * The topics, applications and groups of a run. An application, a group or what writes with one transactional id can only move
 * as a whole, so a set of topics that would split one is refused, with what to add.
 */
export function closeScope(input: ScopeInput): Scope {
  const known = new Set(input.pairTopics)
  const asked = new Set(input.topics ?? input.pairTopics)
  const unknown = [...asked].filter((topic) => !known.has(topic))
  if (unknown.length > 0) {
    return { ok: false, problem: `The pair has no topic ${list(unknown)}; it has ${list([...known])}.` }
  }
  if (asked.size === 0) return { ok: false, problem: `No topic is named; the pair has ${list([...known])}.` }

  const { topics, reasons } = close(asked, input.applications)
  const foreign = [...topics].filter((topic) => !known.has(topic))
  if (foreign.length > 0) {
    const why = [...new Set(foreign.flatMap((topic) => reasons.get(topic) ?? []))].join('; ')
    return {
      ok: false,
      problem: `${why}, but the pair does not hold ${list(foreign)}. Add it to the pair's topics in switchback.yaml.`,
    }
  }
  const missing = input.pairTopics.filter((topic) => topics.has(topic) && !asked.has(topic))
  if (missing.length > 0) {
    const why = [...new Set(missing.flatMap((topic) => reasons.get(topic) ?? []))].join('; ')
    return {
      ok: false,
      problem: `The topics ${list([...asked])} would split what can only move as a whole: ${why}. Add ${list(missing)}.`,
    }
  }
  const touched = input.applications.filter((app) => app.topics.some((topic) => topics.has(topic)))
  return {
    ok: true,
    topics: [...new Set(input.pairTopics)].filter((topic) => topics.has(topic)),
    applications: touched.map((app) => app.name),
    groups: [...new Set(touched.flatMap((app) => (app.group === undefined ? [] : [app.group])))],
  }
}

/** Grows the set until whatever is touched is in it as a whole; tells why a topic came in. */
function close(asked: ReadonlySet<string>, applications: readonly ScopedApplication[]) {
  const topics = new Set(asked)
  const reasons = new Map<string, string>()
  for (let before = -1; before !== topics.size;) {
    before = topics.size
    for (const app of applications) {
      if (!app.topics.some((topic) => topics.has(topic))) continue
      for (const other of applications) {
        const shared = other === app ? '' : sharedBy(app, other)
        if (shared === null) continue
        for (const topic of other.topics) {
          if (topics.has(topic)) continue
          topics.add(topic)
          reasons.set(topic, `application ${other.name}${shared} uses ${topic}`)
        }
      }
    }
  }
  return { topics, reasons }
}

/** What two applications cannot be moved apart by; null: nothing. */
function sharedBy(app: ScopedApplication, other: ScopedApplication): string | null {
  if (app.group !== undefined && app.group === other.group) return ` (in group ${app.group} with ${app.name})`
  const id = app.transactionalIds?.find((one) => other.transactionalIds?.includes(one))
  return id === undefined ? null : ` (it writes as ${id}, as ${app.name} does)`
}

function list(names: readonly string[]): string {
  return names.join(', ')
}
