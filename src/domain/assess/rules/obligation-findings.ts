import type { Dossier } from '../../../contract/dossier.ts'
import type { Finding } from '../../../contract/evidence.ts'
import type { Plan } from '../../../contract/plan.ts'
import { finding } from '../finding.ts'

/** What a forced run left to be done: of an earlier episode it may meet this run, and whoever approves it should know. */
export function obligationFindings({ operation }: Plan, { obligations, episode }: Dossier): Finding[] {
  if (operation === 'reset') return []
  const number = episode?.number ?? 0
  return (
    obligations
      .filter(({ dischargedAt }) => dischargedAt === undefined)
      // What this run itself has left, before it turned forced or was adopted, is in its own report.
      .filter(({ id }) => operation !== 'failover' || !id.endsWith(`/${number}`))
      .map(({ id, text, since }) =>
        finding(
          'warning',
          'obligation-outstanding',
          `Outstanding since ${since}: ${text} When it is done: switchback discharge, with the id ${id}.`,
        ),
      )
  )
}
