import type { ActivityDeps } from './deps.ts'

/**
 * Whether everybody may use topics without ACLs: as the brokers' settings say, or, where they hide it, by what the applications
 * may do there whose credentials are configured. A super user may do everything, so one that may not decides.
 */
export async function opennessOf(
  deps: ActivityDeps,
  alias: string,
  topics: string[],
  signal?: AbortSignal,
): Promise<'open' | 'closed' | 'unknown'> {
  const cluster = deps.ports.cluster(alias)
  const setting = await cluster.allowsWithoutAcl(topics, signal)
  if (setting !== null) return setting ? 'open' : 'closed'
  const principals = Object.keys(deps.config().clusters[alias]?.principals ?? {})
  const answers = await Promise.all(principals.map((principal) => cluster.access(principal, 'Read', topics, signal)))
  const asked = answers.filter(({ evidence }) => evidence === 'asked-as-principal')
  if (asked.some(({ denied }) => denied.length > 0)) return 'closed'
  return asked.length > 0 ? 'open' : 'unknown'
}
