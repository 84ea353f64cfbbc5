import type { DossierEntry, Settlement } from '../../contract/dossier.ts'
import type { KeyConflicts, LossLedger } from '../../contract/evidence.ts'
import type { Decision } from '../../contract/messages.ts'
import { lastCut, lastMove } from '../../domain/dossier/dossier.ts'
import { readBefore, settledTopics } from '../../domain/positions/settled.ts'
import { copiedRecords, copiesInto, copyId, missingCopies, withCopies } from '../../domain/losses/stranded-copy.ts'
import {
  conflictsText,
  mirroredLaterText,
  rereadText,
  strandedText,
  whyRefused,
} from '../../domain/losses/stranded-text.ts'
import { recordsText } from '../../domain/text/records-text.ts'
import { sampleOfLink } from '../../domain/watch/remembered-links.ts'
import { StepProblem } from '../runbook/interruptions.ts'
import type { Run } from '../runbook/run.ts'
import { type StepOutcome, defineStep } from '../runbook/step.ts'
import { copyAll, readCopied } from './copy-stranded.ts'

/** What the step leaves: the ledger itself is in the dossier, once. */
export interface StrandedFact {
  /** `takenAt` of the exact ledger. */
  ledger: string
  records: number | null
  action: Settlement['action'] | null
}

export type StrandedDecision = Pick<Settlement, 'action' | 'by' | 'at' | 'reason' | 'confirmed'>

interface Observed {
  /** `takenAt` of the exact ledger. */
  ledger: string
  /** Null: nothing is stranded. */
  decision: StrandedDecision | null
}

/** The ledger is recorded as soon as it is taken; from then on the dossier is where it is. */
async function countStranded(run: Run): Promise<LossLedger> {
  const ledger = await run.activities.reads.exactLoss({
    ...run.link(),
    topics: run.plan.topics,
    sample: sampleOfLink(run.dossier, run.link()),
    settlements: run.dossier.settlements.filter(
      ({ cluster, episode }) => cluster === run.plan.target && episode !== run.episode,
    ),
  })
  await run.remember(`settle-stranded:ledger:${run.lease.epoch}:${ledger.takenAt}`, [{ type: 'ledger', ledger }])
  return ledger
}

function ledgerOf(run: Run, takenAt: string): LossLedger {
  const found = run.dossier.ledgers.findLast(
    (ledger) => ledger.kind === 'exact' && ledger.cluster === run.plan.target && ledger.takenAt === takenAt,
  )
  if (!found) throw new Error(`the dossier does not have the ledger of ${takenAt} that was just recorded`)
  return found
}

async function conflictsOf(run: Run, ledger: LossLedger): Promise<KeyConflicts> {
  const { source, target } = run.plan
  const topics = settledTopics(ledger).map(({ topic, rows }) => ({
    topic,
    ranges: rows.map(([partition, from, to]): [number, number, number] => [partition, from, to]),
  }))
  const cut = lastCut(run.dossier, source)
  const since = cut?.episode === run.episode ? cut.topics : []
  const { verdict } = await run.until('settle-stranded', {
    probe: (waits, maxMs) => waits.countConflicts({ from: target, to: source, topics, since, maxMs }),
    // One look: what it could not read in time is said, and weighed by whoever decides.
    reached: () => true,
    explain: ({ complete }) => `The keys of the stranded records are ${complete ? '' : 'not all '}compared.`,
  })
  return verdict
}

/** What an earlier attempt of this episode has copied already: only that goes on, or the rest is discarded. */
async function begunBefore(run: Run): Promise<{ action: 'replay' | 'quarantine'; records: number } | null> {
  const actions = ['replay', 'quarantine'] as const
  const ids = actions.map((action) => copyId(run.plan.pair, run.episode, action))
  const found = await run.activities.reads.readCopies({ cluster: run.plan.source, ids })
  const begun = actions.flatMap((action, index) => {
    const records = found.find(([id]) => id === ids[index])?.[1] ?? 0
    return records === 0 ? [] : [{ action, records }]
  })
  return begun[0] ?? null
}

async function decided(run: Run, ledger: LossLedger): Promise<StrandedDecision> {
  const { source, target } = run.plan
  const groups = run.plan.groups.join(', ') || 'the consumers'
  const conflicts = await conflictsOf(run, ledger)
  const refusal = whyRefused(conflicts, run.plan)
  const reread = readBefore(run.dossier, target, settledTopics(ledger))
  const begun = await begunBefore(run)
  const actions: Decision[] = begun === null ? ['keep', 'quarantine', 'replay', 'discard'] : [begun.action, 'discard']
  const all = recordsText(ledger.records)
  const text = [
    strandedText(ledger),
    `- Lost: none, except by discard.`,
    `- Read twice: ${rereadText(reread, target) ?? 'none known'}`,
    `- Out of order: ${conflictsText(conflicts, source)}`,
    ...(begun === null
      ? [
          `- keep (${all}): they stay on ${target}. ${groups} ${run.plan.groups.length === 1 ? 'reads' : 'read'} them after the failback, after newer records.`,
          `- quarantine (${all}): they are copied to topics of their own on ${source}, and read by nobody.`,
          `- replay (${all}): they are copied to the same partitions on ${source}, in order, after what is there.`,
          `- discard (${all}): they stay unread${run.plan.positionsKept ? '' : ' and are not mirrored'}.`,
        ]
      : [
          `- ${begun.action}: ${begun.records} of ${all} were copied already; it goes on after them.`,
          '- discard: the rest stays unread.',
        ]),
    ...(run.plan.positionsKept ? [mirroredLaterText(run.link())] : []),
    ...(refusal === null ? [] : [`keep and replay need a second confirmation: ${refusal}.`]),
  ].join('\n')
  for (;;) {
    const answer = await run.decide('settle-stranded', text, run.choices(actions))
    const action = answer.action as Settlement['action']
    const decision = { action, by: answer.by, at: answer.at, reason: answer.note ?? '' }
    const why =
      action === 'discard'
        ? `${recordsText(ledger.records)} on ${target} will be read by nobody${run.plan.positionsKept ? ` there. ${mirroredLaterText(run.link())}` : ' and mirrored nowhere'}`
        : action === 'quarantine'
          ? null
          : refusal
    if (why === null) return decision
    const second = await run.confirmed(
      'settle-stranded',
      `${action} was decided by ${answer.by}. It needs a second confirmation by name: ${why}.\n${conflictsText(conflicts, source)}\n` +
        '- confirm: go ahead.\n- decide retry: decide again.',
      ['retry'],
    )
    if (second.action === 'confirm') return { ...decision, confirmed: { by: second.by, at: second.at } }
  }
}

/**
 * A failover that left a dark side behind could not be told how far a provider had mirrored: now both sides answer, and nothing
 * was mirrored since, so the record of that move is completed. The failback places the groups by it.
 */
async function completedMove(run: Run): Promise<DossierEntry[]> {
  const { target, source, topics } = run.plan
  const move = lastMove(run.dossier, target, source)
  if (move === undefined || move.episode !== run.episode || move.mirroredTo !== undefined) return []
  const mirroredTo = await run.activities.reads.readMirroredTo({ ...run.link(), topics })
  return [{ type: 'move', move: { ...move, mirroredTo } }]
}

function isCopy(decision: StrandedDecision | null): decision is StrandedDecision & { action: 'replay' | 'quarantine' } {
  return decision?.action === 'replay' || decision?.action === 'quarantine'
}

export const settleStranded = defineStep({
  id: 'settle-stranded',
  revision: 1,
  title: 'Settle stranded records',
  touchesSource: false,
  skip: 'never',
  async observe(run): Promise<Observed> {
    const ledger = await countStranded(run)
    // A range whose records could not be counted (expired, unreadable) is not nothing: a person decides on it as well.
    const nothing = ledger.topics.every(({ rows }) => rows.length === 0)
    return { ledger: ledger.takenAt, decision: nothing ? null : await decided(run, ledger) }
  },
  async apply(run, { ledger, decision }) {
    if (isCopy(decision)) await copyAll(run, decision.action, settledTopics(ledgerOf(run, ledger)))
  },
  async prove(run, observed): Promise<StepOutcome<StrandedFact>> {
    const ledger = ledgerOf(run, observed.ledger)
    const { decision } = observed
    const fact = { ledger: ledger.takenAt, records: ledger.records }
    const entries = await completedMove(run)
    if (decision === null) return { detail: 'no records are stranded', fact: { ...fact, action: null }, entries }
    const settlement: Settlement = {
      cluster: run.plan.target,
      episode: run.episode,
      ...decision,
      ledger: ledger.takenAt,
      records: ledger.records,
      topics: settledTopics(ledger),
    }
    if (isCopy(decision)) {
      const copied = await readCopied(run, decision.action, settlement.topics)
      const missing = missingCopies(ledger, copied)
      if (missing.length > 0) {
        throw new StepProblem(
          `Not everything was copied: ${missing.slice(0, 5).join('; ')}${missing.length > 5 ? `; and ${missing.length - 5} more` : ''}. ` +
            `The rest is gone from ${run.plan.target}: send retry, and what is there now is counted and decided on again.`,
        )
      }
      settlement.topics = withCopies(settlement.topics, copied)
      settlement.copied = {
        cluster: run.plan.source,
        into: copiesInto(decision.action, run.episode),
        records: copiedRecords(copied),
        id: copyId(run.plan.pair, run.episode, decision.action),
        at: run.now(),
      }
    }
    return {
      detail: `${ledger.records ?? 'uncounted'} stranded records: ${decision.action}, by ${decision.by}`,
      fact: { ...fact, action: decision.action },
      entries: [...entries, { type: 'settlement', settlement }],
    }
  },
})
