import { keepsNames, remoteName } from '../../domain/names/naming.ts'
import type { Run } from '../runbook/run.ts'
import { applicationsOf } from './applications.ts'

/** The groups of the plan, with the local topics each one reads. */
export function groupsOf(run: Run): { application: string; group: string; topics: string[] }[] {
  return applicationsOf(run, 'consumer').flatMap(({ name, group, topics }) =>
    group === undefined ? [] : [{ application: name, group, topics }],
  )
}

/** What a group reads on a cluster: its local topics, and the copies of every other cluster that may be there. */
export function everythingRead(run: Run, cluster: string, topics: string[]): string[] {
  const others = run.plan.naming.aliases.filter((alias) => alias !== cluster)
  const copies = others.flatMap((alias) => topics.map((topic) => remoteName(run.plan.naming, alias, topic)))
  return [...new Set([...copies, ...topics])]
}

/** The copies of the source's topics on the target; none where they are the local topics themselves. */
export function remoteTopics(run: Run, topics: string[]): string[] {
  if (keepsNames(run.plan.naming, run.plan.source)) return []
  return topics.map((topic) => remoteName(run.plan.naming, run.plan.source, topic))
}
