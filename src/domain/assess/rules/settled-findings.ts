import type { Dossier } from '../../../contract/dossier.ts'
import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { recordsText } from '../../text/records-text.ts'
import { finding } from '../finding.ts'

/**
 * Records that were settled on the source so that nobody reads them there are mirrored all the same where a provider keeps
 * the position (ADR 0031). A planned move drains the groups, and they go on behind every copy; a forced one places them where
 * the link translated them to, which may lie before those copies.
 */
export function settledFindings(plan: Plan, { settlements }: Pick<Dossier, 'settlements'>): Finding[] {
  if (plan.positionsKept === undefined || plan.mode !== 'forced' || plan.operation === 'reset') return []
  const settled = settlements.filter(({ cluster, action }) => cluster === plan.source && action !== 'keep')
  if (settled.length === 0) return []
  const records = settled.reduce<number | null>(
    (sum, one) => (sum === null || one.records === null ? null : sum + one.records),
    0,
  )
  const actions = [...new Set(settled.map(({ action, episode }) => `${action} in episode ${episode}`))].join(', ')
  return [
    finding(
      'warning',
      'settled-records-mirrored',
      `${recordsText(records)} of ${plan.source} that were settled (${actions}) were mirrored to ${plan.target} all the same: a group whose translated position lies before their copies reads them there. They are counted in what is read twice.`,
    ),
  ]
}
