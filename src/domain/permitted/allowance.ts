import type { Naming } from '../../contract/plan.ts'
import { type CopyAction, copiesInto, copyId, copyTopic } from '../losses/stranded-copy.ts'
import { remoteName } from '../names/naming.ts'

/** What may be written for a pair: by switchback.yaml alone, whatever a run, the memory or a probe says. */
export interface Allowance {
  readonly pair: string
  readonly clusters: readonly string[]
  readonly topics: readonly string[]
  readonly groups: readonly string[]
  /** Principals of producers, which a fence denies writing, and of consumers, which it denies reading. */
  readonly producers: readonly string[]
  readonly consumers: readonly string[]
  /** What left the pair: a fence on it may still be lifted, and it may still be put back into a selection. */
  readonly former: { readonly topics: readonly string[]; readonly principals: readonly string[] }
  /** Topics by application. */
  readonly applications: ReadonlyMap<string, readonly string[]>
  readonly naming: Naming
  readonly memoryTopic: string
}

/** Why something may not be written, one phrase each; empty: it may. */
export type Refusals = string[]

export function refusedCluster({ pair, clusters }: Allowance, alias: string): Refusals {
  return clusters.includes(alias) ? [] : [`${alias} is no cluster of ${pair}`]
}

/** The local topics, and how their copies from any of the clusters are called. */
export function withCopies({ naming }: Allowance, topics: readonly string[]): Set<string> {
  return new Set([...topics, ...naming.aliases.flatMap((alias) => topics.map((one) => remoteName(naming, alias, one)))])
}

export function refusedTopics({ pair, topics }: Allowance, named: readonly string[]): Refusals {
  return unknown(named, new Set(topics)).map((topic) => `${topic} is no topic of ${pair}`)
}

/** Places of a group: on local topics and on copies of them. */
export function refusedOffsets(
  allowance: Allowance,
  { group, topics }: { group: string; topics: readonly { topic: string }[] },
): Refusals {
  const read = withCopies(allowance, allowance.topics)
  return [
    ...(allowance.groups.includes(group) ? [] : [`${group} is no group of ${allowance.pair}`]),
    ...unknown(
      topics.map(({ topic }) => topic),
      read,
    ).map((topic) => `${topic} is neither a topic of ${allowance.pair} nor a copy of one`),
  ]
}

/** What an application may be started on. */
export function refusedStart(
  allowance: Allowance,
  application: string,
  { cluster, topics }: { cluster: string; topics: readonly string[] },
): Refusals {
  const own = withCopies(allowance, allowance.applications.get(application) ?? [])
  return [
    ...refusedCluster(allowance, cluster),
    ...unknown(topics, own).map((topic) => `${topic} is neither a topic of ${application} nor a copy of one`),
  ]
}

/** Every order to an application has a key that begins with the pair's name. */
export function refusedKey({ pair }: Allowance, key: string): Refusals {
  // Control characters: the key goes to programs and services.
  const printable = !Array.from(key).some((letter) => letter < ' ' || letter === '\u007F')
  return key.startsWith(`${pair}/`) && printable && key.length <= 1_000
    ? []
    : [`the key of the order is none of ${pair}`]
}

/** A copy of stranded records, by its id; null: the id is none of the pair's. */
export function copyOf({ pair }: Allowance, id: string): { action: CopyAction; episode: number } | null {
  const episode = Number(/\.(\d{1,9})\.[a-z]+$/.exec(id)?.[1] ?? Number.NaN)
  for (const action of ['replay', 'quarantine'] as const) {
    if (Number.isInteger(episode) && id === copyId(pair, episode, action)) return { action, episode }
  }
  return null
}

export function refusedCopyId(allowance: Allowance, id: string): Refusals {
  return copyOf(allowance, id) === null ? [`${id} is no copy of ${allowance.pair}`] : []
}

/** Where a copy of this id may write: into the topics themselves, or into those set apart in its episode. */
export function refusedInto(allowance: Allowance, id: string, into: readonly string[]): Refusals {
  const copy = copyOf(allowance, id)
  if (copy === null) return refusedCopyId(allowance, id)
  const places = copiesInto(copy.action, copy.episode)
  const names = allowance.topics.map((topic) => copyTopic(places, topic))
  return unknown(into, new Set(names)).map((topic) => `the copy ${id} does not write to ${topic}`)
}

/** Topics that may be created: the pair's, those that a copy sets apart, and that of the memory. */
export function refusedNewTopics(allowance: Allowance, named: readonly string[]): Refusals {
  const { topics, memoryTopic, pair } = allowance
  const own = new Set([...topics, memoryTopic])
  return unknown(named, own)
    .filter((topic) => !own.has(topic.replace(/\.quarantine\.\d{1,9}$/, '')))
    .map((topic) => `${topic} is no topic of ${pair}`)
}

/** Records of the memory: under the pair's own name. */
export function refusedMemory({ pair, memoryTopic }: Allowance, topic: string, keys: readonly string[]): Refusals {
  return [
    ...(topic === memoryTopic ? [] : [`${topic} is not the memory's topic`]),
    ...[...new Set(keys)]
      .filter((key) => key !== pair && !key.startsWith(`${pair}/`))
      .map((key) => `${key} is not the memory of ${pair}`),
  ]
}

function unknown(named: readonly string[], known: ReadonlySet<string>): string[] {
  return [...new Set(named)].filter((name) => !known.has(name))
}
