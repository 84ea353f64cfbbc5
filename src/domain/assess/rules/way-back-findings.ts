import type { Finding } from '../../../contract/evidence.ts'
import { finding } from '../finding.ts'
import type { World } from '../world.ts'

export function wayBackFindings({ wayBack }: World): Finding[] {
  return wayBack === null
    ? []
    : [
        finding(
          'warning',
          'no-way-back',
          `There is no way back: ${wayBack} before you start, or the reset stops in the middle.`,
        ),
      ]
}
