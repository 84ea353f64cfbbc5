import type { Plan } from '../contract/plan.ts'
import { remoteName } from '../domain/naming.ts'

/** The groups of a plan with the local topics each one reads; a group of several applications once. */
export function readBy(plan: Pick<Plan, 'applications' | 'groups'>): { group: string; topics: string[] }[] {
  return plan.groups.map((group) => ({
    group,
    topics: [...new Set(plan.applications.filter((app) => app.group === group).flatMap(({ topics }) => topics))],
  }))
}

/** Local topics and the copies of every other cluster that may be on this one. */
export function withRemoteNames(plan: Pick<Plan, 'naming'>, cluster: string, topics: string[]): string[] {
  const others = plan.naming.aliases.filter((alias) => alias !== cluster)
  return [...topics, ...others.flatMap((alias) => topics.map((topic) => remoteName(plan.naming, alias, topic)))]
}
