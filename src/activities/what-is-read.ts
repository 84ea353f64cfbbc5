import type { Plan } from '../contract/plan.ts'
import { remoteName } from '../domain/names/naming.ts'

/** Local topics and the copies of every other cluster that may be on this one. */
export function withRemoteNames(plan: Pick<Plan, 'naming'>, cluster: string, topics: string[]): string[] {
  const others = plan.naming.aliases.filter((alias) => alias !== cluster)
  const copies = others.flatMap((alias) => topics.map((topic) => remoteName(plan.naming, alias, topic)))
  return [...new Set([...topics, ...copies])]
}
