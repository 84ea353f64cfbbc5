import type { Finding, UnreadRemoved } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { unreadText } from '../../losses/unread-text.ts'
import { finding, unlessForced } from '../finding.ts'

/** Named in a finding at most. */
const shown = 5

export function unreadFindings(plan: Plan, unread: readonly UnreadRemoved[]): Finding[] {
  if (unread.length === 0) return []
  const rest = unread.length - shown
  const texts = unread.slice(0, shown).map((one) => unreadText(one, plan.source))
  return [
    finding(
      unlessForced(plan),
      'copy-lacks-unread',
      `${texts.join(' ')}${rest > 0 ? ` And ${rest} more partitions.` : ''}`,
    ),
  ]
}
