import type { OffsetPlan } from '../../contract/activities.ts'
import type { Certificate, LossLedger } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import type { Run } from './run.ts'

/** Evidence that the report shows beside the steps. */
export function reportExtras(run: Run | undefined): {
  certificate?: Certificate | null
  ledger?: LossLedger | null
  offsetPlan?: OffsetPlan | null
  expectations?: Expectations | null
} {
  if (!run) return {}
  return {
    certificate: run.result<{ certificate?: Certificate | null }>('confirm-mirrored')?.certificate ?? null,
    ledger: run.dossier.ledgers.at(-1) ?? null,
    offsetPlan: run.result<{ plan: OffsetPlan }>('place-groups')?.plan ?? null,
    expectations: run.record.expectations,
  }
}
