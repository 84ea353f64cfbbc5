import type { LossLedger } from '../../contract/evidence.ts'
import type { Settlement } from '../../contract/dossier.ts'
import { settledTopics } from '../../domain/settled.ts'
import type { Run } from '../runbook/run.ts'
import { type StepOutcome, defineStep } from '../runbook/step.ts'

/** What the step leaves: the ledger itself is in the dossier, once. */
export interface StrandedFact {
  /** `takenAt` of the exact ledger. */
  ledger: string
  records: number
  action: Settlement['action'] | null
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
    reason: answer.note ?? '',
    action: answer.action as 'keep' | 'discard',
    ledger: ledger.takenAt,
    records: ledger.records,
    topics: settledTopics(ledger),
  }
}

/** The ledger is recorded as soon as it is taken; from then on the dossier is where it is. */
async function countStranded(run: Run): Promise<{ ledger: string }> {
  const ledger = await run.activities.reads.exactLoss({ ...run.link(), topics: run.plan.topics })
  await run.remember(`settle-stranded:ledger:${run.lease.epoch}:${ledger.takenAt}`, [{ type: 'ledger', ledger }])
  return { ledger: ledger.takenAt }
}

function ledgerOf(run: Run, takenAt: string): LossLedger {
  const found = run.dossier.ledgers.findLast(
    (ledger) => ledger.kind === 'exact' && ledger.cluster === run.plan.target && ledger.takenAt === takenAt,
  )
  if (!found) throw new Error(`the dossier does not have the ledger of ${takenAt} that was just recorded`)
  return found
}

export const settleStranded = defineStep({
  id: 'settle-stranded',
  revision: 1,
  title: 'Settle stranded records',
  touchesSource: false,
  skip: 'never',
  observe: countStranded,
  async prove(run, observed): Promise<StepOutcome<StrandedFact>> {
    const ledger = ledgerOf(run, observed.ledger)
    const fact = { ledger: ledger.takenAt, records: ledger.records }
    // A range whose records could not be counted (expired, unreadable) is not nothing: a person decides on it as well.
    if (ledger.topics.every(({ rows }) => rows.length === 0)) {
      return { detail: 'no records are stranded', fact: { ...fact, action: null } }
    }
    const settlement = await settle(run, ledger)
    return {
      detail: `${ledger.records} stranded records: ${settlement.action}, by ${settlement.by}`,
      fact: { ...fact, action: settlement.action },
      entries: [{ type: 'settlement', settlement }],
    }
  },
})
