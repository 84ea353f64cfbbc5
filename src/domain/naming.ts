import type { Naming } from '../contract/plan.ts'

/** Kafka refuses longer topic names; mirroring then silently leaves the topic out. */
export const maxTopicLength = 249

/** Name of the copy of `topic`, mirrored from `alias`, on the cluster it is mirrored to. */
export function remoteName(naming: Naming, alias: string, topic: string): string {
  return naming.kind === 'suffix' ? topic + naming.separator + alias : alias + naming.separator + topic
}

/**
 * The last hop of a remote topic, or null for a local one. Only aliases of the closed set count, otherwise
 * `accounting.invoices` would be a copy from a cluster called `invoices`. Where two aliases fit (`west`, `eu-west` with
 * the separator `-`), the longer one is meant.
 */
export function parseRemote(naming: Naming, topic: string): { topic: string; alias: string } | null {
  const fits = naming.aliases.filter((alias) => {
    const hop = remoteName(naming, alias, '')
    return topic.length > hop.length && (naming.kind === 'suffix' ? topic.endsWith(hop) : topic.startsWith(hop))
  })
  const alias = fits.reduce<string | null>((best, a) => (best === null || a.length > best.length ? a : best), null)
  if (alias === null) return null
  const hop = alias.length + naming.separator.length
  return { alias, topic: naming.kind === 'suffix' ? topic.slice(0, -hop) : topic.slice(hop) }
}

/** The local topic a name goes back to, and every cluster it was copied from, oldest first: `t.A.B` is `t` by A, then B. */
export function origin(naming: Naming, topic: string): { topic: string; path: string[] } {
  const path: string[] = []
  let name = topic
  for (let hop = parseRemote(naming, name); hop !== null; hop = parseRemote(naming, name)) {
    path.unshift(hop.alias)
    name = hop.topic
  }
  return { topic: name, path }
}

/** The copy could not be created on the target: its name would exceed Kafka's 249 characters. */
export function remoteNameTooLong(naming: Naming, alias: string, topic: string): boolean {
  return remoteName(naming, alias, topic).length > maxTopicLength
}
