import type { AccessLook, SideLook } from '../../domain/assess/world.ts'
import type { Plan } from '../../contract/plan.ts'
import { remoteName } from '../../domain/names/naming.ts'
import type { AccessCheck } from '../../ports/cluster.ts'
import type { ActivityDeps } from '../deps.ts'
import { accessesOf } from '../accesses.ts'
import { attempt } from './attempt.ts'

/** Each may open a connection as another principal. */
const checksAtOnce = 4

/** May the applications do on the target what they will be started for? Asked for topics that exist there. */
export async function lookAtAccess(
  deps: ActivityDeps,
  plan: Plan,
  target: SideLook,
  signal: AbortSignal,
): Promise<AccessLook[]> {
  const cluster = deps.ports.cluster(plan.target)
  const checks = [...wanted(plan, target), ...asGroups(plan)]
  const answers = await accessesOf(cluster, checks, { settle: attempt, atOnce: checksAtOnce }, signal)
  return answers.map(({ check: { principal, operation, of }, answer }) => ({ principal, operation, of, answer }))
}

/** Without it a consumer could neither join its group there nor commit. */
function asGroups(plan: Plan): AccessCheck[] {
  const groups = new Map<string, string[]>()
  for (const { principal, group } of plan.applications) {
    if (principal !== undefined && group !== undefined)
      groups.set(principal, [...new Set([...(groups.get(principal) ?? []), group])])
  }
  return [...groups].map(([principal, names]) => ({ principal, operation: 'Read', of: 'group', names }))
}

function wanted(plan: Plan, target: SideLook): AccessCheck[] {
  const existing = new Set(target.topics.map(({ topic }) => topic))
  const checks = new Map<string, AccessCheck>()
  for (const { kind, principal, topics } of plan.applications) {
    if (principal === undefined) continue
    const operation = kind === 'producer' ? 'Write' : 'Read'
    const remote = kind === 'producer' ? [] : topics.map((topic) => remoteName(plan.naming, plan.source, topic))
    const key = `${operation} ${principal}`
    const known = checks.get(key)?.names ?? []
    const asked = [...new Set([...known, ...topics, ...remote])].filter((topic) => existing.has(topic))
    if (asked.length > 0) checks.set(key, { principal, operation, of: 'topic', names: asked })
  }
  return [...checks.values()]
}
