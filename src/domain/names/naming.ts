import type { Naming } from '../../contract/plan.ts'
import { renamed, takesPart, unrenamed } from './name-transform.ts'
import { maxTopicLength } from './topic-length.ts'

/** Where a copy comes from, by its name: the topic there, and the alias. */
export interface Hop {
  topic: string
  alias: string
}

/** Name of the copy of `topic`, mirrored from `alias`, on the cluster it is mirrored to. */
export function remoteName(naming: Naming, alias: string, topic: string): string {
  const transform = naming.copies?.[alias]
  if (transform?.type === 'none') return topic
  if (transform?.type === 'rename') return renamed(transform.rename, topic)
  return naming.kind === 'suffix' ? topic + naming.separator + alias : alias + naming.separator + topic
}

/** Do copies of topics of `alias` keep their name? Copy and local topic are then one log. */
export function keepsNames(naming: Naming, alias: string): boolean {
  return naming.copies?.[alias]?.type === 'none'
}

/** Is there a name for the copy? A rename leaves out topics that lack what it takes away. */
export function isMirrored(naming: Naming, alias: string, topic: string): boolean {
  const transform = naming.copies?.[alias]
  return transform?.type !== 'rename' || takesPart(transform.rename, topic)
}

/**
 * What a topic may be a copy of, by its name. Only aliases of the closed set count, otherwise `accounting.invoices` would
 * be a copy from a cluster called `invoices`. Where two aliases fit (`west`, `eu-west` with the separator `-`), the longer
 * one is meant. Renames say nothing of the alias: every one that fits is a reading. A name that is kept tells nothing.
 */
export function hops(naming: Naming, topic: string): Hop[] {
  const { copies = {} } = naming
  const renames = Object.entries(copies).flatMap(([alias, transform]) => {
    const before = transform.type === 'rename' ? unrenamed(transform.rename, topic) : null
    return before === null ? [] : [{ topic: before, alias }]
  })
  const named = aliasHop(naming, topic)
  return named === null ? renames : [named, ...renames]
}

/** The last hop of a remote topic, the likeliest where there are several readings, or null for a local one. */
export function parseRemote(naming: Naming, topic: string): Hop | null {
  return hops(naming, topic)[0] ?? null
}

/** The local topic a name goes back to, and every cluster it was copied from, oldest first: `t.A.B` is `t` by A, then B. */
export function origin(naming: Naming, topic: string): { topic: string; path: string[] } {
  const path: string[] = []
  const seen = new Set<string>()
  let name = topic
  for (let hop = parseRemote(naming, name); hop !== null && !seen.has(name); hop = parseRemote(naming, name)) {
    seen.add(name)
    path.unshift(hop.alias)
    name = hop.topic
  }
  return { topic: name, path }
}

/** By some reading of its name, did the topic come from, or by way of, this cluster? */
export function mayComeFrom(naming: Naming, topic: string, alias: string, seen = new Set<string>()): boolean {
  if (seen.has(topic)) return false
  seen.add(topic)
  return hops(naming, topic).some((hop) => hop.alias === alias || mayComeFrom(naming, hop.topic, alias, seen))
}

/** The copy could not be created on the target: its name would exceed Kafka's 249 characters. */
export function remoteNameTooLong(naming: Naming, alias: string, topic: string): boolean {
  return remoteName(naming, alias, topic).length > maxTopicLength
}

function aliasHop(naming: Naming, topic: string): Hop | null {
  const { kind, separator, aliases, copies = {} } = naming
  const fits = aliases.filter((alias) => {
    if (copies[alias] !== undefined) return false
    const hop = remoteName(naming, alias, '')
    return topic.length > hop.length && (kind === 'suffix' ? topic.endsWith(hop) : topic.startsWith(hop))
  })
  const alias = fits.reduce<string | null>((best, a) => (best === null || a.length > best.length ? a : best), null)
  if (alias === null) return null
  const hop = alias.length + separator.length
  return { alias, topic: kind === 'suffix' ? topic.slice(0, -hop) : topic.slice(hop) }
}
