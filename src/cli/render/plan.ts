import type { PlanAnswer } from '../../contract/plan.ts'
import { expectationLines } from './expectations.ts'

/** A plan as lines of text. Pure. */
export function planLines({ hash, plan, expectations, findings }: PlanAnswer): string[] {
  const branch = plan.branch === undefined ? '' : `, branch ${plan.branch}`
  const next = plan.nextLink === undefined ? '' : `, then ${plan.nextLink.from}->${plan.nextLink.to}`
  return [
    `${plan.operation} of ${plan.pair}: ${plan.source} → ${plan.target}, ${plan.mode}${branch}, order ${plan.order}, ${plan.ordering} ordering`,
    `plan ${hash}`,
    '',
    `Link:         ${plan.link.from}->${plan.link.to}${next}`,
    `Topics:       ${plan.topics.join(', ')}`,
    `Groups:       ${plan.groups.join(', ') || 'none'}`,
    `Applications: ${plan.applications.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'none'}`,
    '',
    ...expectationLines(expectations, findings, plan.mode),
    '',
    'Steps:',
    ...plan.steps.map(
      ({ id, revision }, index) =>
        `${String(index + 1).padStart(4)}  ${id}${revision === 1 ? '' : ` (revision ${revision})`}`,
    ),
  ]
}
