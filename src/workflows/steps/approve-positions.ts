import type { OffsetPlan } from '../../contract/offset-plan.ts'
import type { Expectations } from '../../contract/plan.ts'
import { approvedPositions, beyondApproval } from '../../domain/positions/approved.ts'
import { foreseenOffsets } from '../../domain/assess/foreseen-offsets.ts'
import { planHash } from '../../domain/plan/plan.ts'
import type { Run } from '../runbook/run.ts'
import type { Approval } from './approve.ts'
import type { Assessed } from './assess.ts'

/**
 * Sees that the offsets to be placed are within what was approved; else asks for an approval of what they are now, under the
 * hash that has them. True: they are. False: look again, since the answer took its time.
 */
export async function withinApproval(run: Run, offsets: OffsetPlan): Promise<boolean> {
  const { record } = run
  const { expectations, planHash: hashBefore, offsets: offsetsBefore } = record
  const beyond = expectations === null ? [] : beyondApproval(run.plan, expectations, offsets)
  if (expectations === null || beyond.length === 0) return true
  // The query plan shows what is asked for; what was approved counts again unless this is.
  const proposed: Expectations = {
    ...expectations,
    duplicates: offsets.groups.map(({ group, duplicates }) => ({ group, records: duplicates })),
    positions: approvedPositions(run.plan, offsets),
  }
  const hash = planHash(run.plan, proposed)
  Object.assign(record, { expectations: proposed, planHash: hash, offsets: foreseenOffsets(offsets) })
  let approval: Approval | undefined
  try {
    approval = await askForApproval(run, beyond, hash)
  } finally {
    if (approval === undefined) Object.assign(record, { expectations, planHash: hashBefore, offsets: offsetsBefore })
  }
  if (approval !== undefined) await rememberApproval(run, approval, proposed)
  return false
}

/** Undefined: to be looked at again. */
async function askForApproval(run: Run, beyond: string[], hash: string): Promise<Approval | undefined> {
  const { target } = run.plan
  const question = run.record.questions.ask({
    step: 'place-groups',
    kind: 'approval',
    text:
      `What is to be placed on ${target} is not what was approved:\n` +
      `${beyond.map((reason) => `- ${reason}`).join('\n')}\n` +
      'Approve it as it is now (the query plan shows it), or "retry" when the link has translated the positions.',
    choices: run.choices(['retry']),
    at: run.now(),
    payload: (id) => ({ update: 'approve', payload: { question: id, by: 'you', planHash: hash } }),
  })
  const { action, by, at, note } = await run.answerTo(question)
  return action === 'approve' ? { by, at, hash, ...(note === undefined ? {} : { comment: note }) } : undefined
}

/** A run that takes over is bound to what was approved last. */
async function rememberApproval(run: Run, approval: Approval, expectations: Expectations): Promise<void> {
  const { operation } = run.plan
  const { by, hash, at } = approval
  run.record.note(`positions approved by ${by}: plan ${hash}`)
  const assessed: Assessed = { plan: run.plan, expectations, findings: run.record.findings }
  await run.remember(`approve:positions:${run.lease.epoch}:${hash}`, [
    { type: 'fact', fact: { operation, step: 'approve', state: 'done', at, fact: { pre: null, result: approval } } },
    { type: 'fact', fact: { operation, step: 'assess', state: 'done', at, fact: { pre: null, result: assessed } } },
  ])
}
