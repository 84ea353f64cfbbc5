import type { Finding, MissingCopies } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { missingText, missingTodo } from '../../watch/missing-text.ts'
import { finding } from '../finding.ts'

/** Before it enables a link a reset sets its positions back itself, except where a provider keeps them. */
export function unlessOurs(plan: Pick<Plan, 'positionsKept'>): Finding['severity'] {
  return plan.positionsKept === undefined ? 'warning' : 'blocking'
}

/** What the copies lack although the position lies behind it, by the watch's own rules and codes. */
export function missingFindings(
  plan: Plan,
  missing: readonly MissingCopies[],
  link: { from: string; to: string } | undefined,
  severity: Finding['severity'],
): Finding[] {
  if (link === undefined) return []
  const ours = missing.filter(({ topic }) => plan.topics.includes(topic))
  const ourTask =
    plan.operation === 'reset' && plan.positionsKept === undefined
      ? 'This run sets these positions back before it enables the link.'
      : null
  return (['copy', 'source'] as const).flatMap((side) => {
    const found = ours.filter(({ why }) => why.startsWith(`${side}-`))
    return found.length === 0
      ? []
      : [
          finding(
            severity,
            `${side}-changed`,
            `${missingText(found, link)} ${ourTask ?? missingTodo(found, { ...link, kept: plan.positionsKept === true })}`,
          ),
        ]
  })
}
