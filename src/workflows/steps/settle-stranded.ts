import type { LossLedger } from '../../contract/evidence.ts'
import type { Settlement } from '../../contract/dossier.ts'
import type { Run } from '../runbook/run.ts'
import { type StepOutcome, defineStep } from '../runbook/step.ts'

export interface StrandedFact {
  ledger: LossLedger
  settlement: Settlement | null
}

function ranges(ledger: LossLedger): string {
  const rows = ledger.topics.flatMap(({ topic, rows: partitions }) =>
    partitions.map(
      ([partition, from, to, records]) => `${topic}-${partition} [${from}, ${to ?? '?'}) ${records ?? '?'} records`,
    ),
  )
  return rows.slice(0, 8).join('; ') + (rows.length > 8 ? `; and ${rows.length - 8} more` : '')
}

function uncounted(ledger: LossLedger): string {
  const ranges = ledger.topics.flatMap(({ rows }) => rows).filter(([, , , records]) => records === null).length
  return ranges === 0 ? '' : `, and ${ranges} ranges that cannot be counted,`
}

async function settle(run: Run, ledger: LossLedger): Promise<Settlement> {
  const cluster = run.plan.target
  const groups = run.plan.groups.join(', ')
  const answer = await run.decide(
    'settle-stranded',
    `${ledger.records} records${uncounted(ledger)} were written on ${cluster} and never mirrored: ${ranges(ledger)}. ` +
      `keep: they stay there and ${groups || 'the consumers'} read them after failback, later than records produced since` +
      `${run.plan.ordering === 'strict' ? ' (order breaks for the keys concerned, which strict ordering does not allow unless you decide it here)' : ''}. ` +
      'discard: they stay unread and are not mirrored.',
    run.choices(['keep', 'discard']),
  )
  return {
    cluster,
    episode: run.episode,
    at: answer.at,
    by: answer.by,
    action: answer.action as 'keep' | 'discard',
    ledger,
  }
}

export const settleStranded = defineStep({
  id: 'settle-stranded',
  revision: 1,
  title: 'Settle stranded records',
  touchesSource: false,
  skip: 'never',
  observe: (run): Promise<LossLedger> => run.activities.reads.exactLoss({ ...run.link(), topics: run.plan.topics }),
  async prove(run, ledger): Promise<StepOutcome<StrandedFact>> {
    // A range whose records could not be counted (expired, unreadable) is not nothing: a person decides on it as well.
    if (ledger.topics.every(({ rows }) => rows.length === 0)) {
      return {
        detail: 'no records are stranded',
        fact: { ledger, settlement: null },
        entries: [{ type: 'ledger', ledger }],
      }
    }
    const settlement = await settle(run, ledger)
    return {
      detail: `${ledger.records} stranded records: ${settlement.action}, by ${settlement.by}`,
      fact: { ledger, settlement },
      entries: [
        { type: 'ledger', ledger },
        { type: 'settlement', settlement },
      ],
    }
  },
})
