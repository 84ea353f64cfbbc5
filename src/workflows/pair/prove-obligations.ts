import { patched } from '@temporalio/workflow'
import { dischargeOver } from '../../domain/dossier/obligations-over.ts'
import type { PairRecord } from './pair-record.ts'

/** Discharges what is proven over by what the pair remembers. Called whenever the pair changes; mostly there is nothing to do. */
export function proveObligations(record: PairRecord, now: string): void {
  const { dossier } = record.state
  const over = dischargeOver(dossier, `pair/${dossier.pair}`, now)
  // A discharge is a change that is kept on the clusters: pairs of before have no such commands in their histories.
  if (over.length === 0 || !patched('obligations-over')) return
  record.apply(over)
  for (const entry of over) {
    if (entry.type === 'obligation-discharged') record.note(`obligation ${entry.id} is over: ${entry.by}`, now)
  }
}
