import type { ForeseenOffsets, OffsetPlan } from '../../contract/offset-plan.ts'
import type { MoveRecord, Settlement } from '../../contract/dossier.ts'
import type { Certificate, LossLedger } from '../../contract/evidence.ts'
import type { Expectations } from '../../contract/plan.ts'
import { madeText } from '../../domain/choices/text.ts'
import type { Run } from './run.ts'

/** Evidence that the report shows beside the steps. */
export function reportExtras(run: Run | undefined): {
  certificate?: Certificate | null
  ledger?: LossLedger | null
  settlement?: Settlement | null
  offsetPlan?: OffsetPlan | null
  foreseen?: ForeseenOffsets | null
  expectations?: Expectations | null
  move?: MoveRecord | null
  choices?: string[]
} {
  if (!run) return {}
  return {
    certificate: run.result<{ certificate?: Certificate | null }>('confirm-mirrored')?.certificate ?? null,
    ledger: run.dossier.ledgers.at(-1) ?? null,
    settlement: run.dossier.settlements.findLast(({ episode }) => episode === run.episode) ?? null,
    offsetPlan: run.result<{ plan: OffsetPlan }>('place-groups')?.plan ?? null,
    foreseen: run.record.offsets,
    expectations: run.record.expectations,
    choices: (run.plan.choices ?? []).map((made) => madeText(made, run.plan)),
    move: run.dossier.moves.findLast(({ episode }) => episode === run.episode) ?? null,
  }
}
