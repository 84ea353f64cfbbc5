import type { LabApplication, LabTopic } from './apps/definitions.ts'

/** A pair of the generated switchback.yaml: some of the lab's topics, with the applications that use them. */
export type LabPair = {
  name: string
  topics: string[]
  /** Begins the names of the connectors that mirror these topics; pairs with the same one share the connectors. Default: none. */
  connectors?: string
  /** The text of `topics` of these connectors. Default: as the ground selects. */
  selection?: string
}

/** The connectors of one or several pairs, for any direction. */
export type Mirroring = { prefix: string; topics: string[]; selection?: string }

/** One pair of everything, called after the first topic's first word: accounting. */
export function onePair(topics: readonly LabTopic[]): LabPair[] {
  return [{ name: topics[0]?.name.split('.')[0] ?? 'pair', topics: topics.map(({ name }) => name) }]
}

/** Each set of connectors once, with all that its pairs have. */
export function mirroringsOf(pairs: readonly LabPair[]): Mirroring[] {
  const byPrefix = new Map<string, Mirroring>()
  for (const { connectors: prefix = '', topics, selection } of pairs) {
    const known = byPrefix.get(prefix) ?? { prefix, topics: [] }
    known.topics.push(...topics)
    if (selection !== undefined) known.selection = selection
    byPrefix.set(prefix, known)
  }
  return [...byPrefix.values()]
}

/** The connectors that mirror a pair's topics. */
export function mirroringOf(pairs: readonly LabPair[], name: string): Mirroring {
  const pair = pairs.find((one) => one.name === name)
  const found = mirroringsOf(pairs).find(({ prefix }) => prefix === (pair?.connectors ?? ''))
  if (pair === undefined || found === undefined)
    throw new Error(`no pair ${name} in this lab: ${pairs.map((one) => one.name).join(', ')}`)
  return found
}

/** Those that use a topic of the pair. */
export function applicationsOf({ topics }: LabPair, applications: readonly LabApplication[]): LabApplication[] {
  return applications.filter((app) => app.topics.some((topic) => topics.includes(topic)))
}
