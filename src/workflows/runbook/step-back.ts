import type { DossierEntry } from '../../contract/dossier.ts'
import type { StepId } from '../../contract/steps.ts'
import { failureText, isLeaseLost } from './failure-text.ts'
import { HandOverRequested, RetryRequested } from './interruptions.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'
import { withdrawOwed } from './withdraw-owed.ts'

/** Undoes, last first, what was begun or done, from the recorded pre-images only. */
export async function stepBack(run: Run, steps: Step[]): Promise<void> {
  const { record } = run
  // The abort is being honoured: from here on it interrupts nothing any more.
  const abort = record.abort
  record.abort = null
  record.forceRequest = null
  run.steppingBack = true
  run.attempt = { choices: () => ['retry', 'handOver'], explain: (text) => text, open: () => undefined }
  const owed = steps.find((step) => step.obligations !== undefined && run.factEntry(step.id)?.state === 'skipped')
  if (owed) {
    const withdrawn = await undoing(run, owed, () => withdrawOwed(run))
    if (withdrawn) record.note(withdrawn.detail)
  }
  const undoable = steps
    .toReversed()
    .filter(hasUndo)
    .flatMap((step) => {
      const entry = run.factEntry(step.id)
      return entry?.state === 'begun' || entry?.state === 'done' ? [{ step, known: entry.fact as Known }] : []
    })
  // From now on none of them is done: a run that takes over in the middle of this has to look at each again.
  await run.remember(
    `step-back:${run.lease.epoch}`,
    undoable.map(({ step, known }) => fact(run, step.id, 'begun', known)),
  )
  for (const { step, known } of undoable) {
    const { pre } = known
    const undone = await undoing(run, step, async (attempt) => {
      const told = await step.undo(run, pre)
      await run.remember(`${step.id}:undone:${run.lease.epoch}:${attempt}`, [
        fact(run, step.id, 'undone', { pre }),
        ...(told.entries ?? []),
      ])
      return told
    })
    record.enter(step.id, 'undone', run.now(), { detail: undone.detail })
  }
  record.abort = abort
}

/** What a step found before it acted and, when it was done, what it left: some undo by it. */
type Known = { pre: unknown; result?: unknown }

type Undoable = Step & Required<Pick<Step, 'undo'>>

function hasUndo(step: Step): step is Undoable {
  return step.undo !== undefined
}

function fact(run: Run, step: StepId, state: 'begun' | 'undone', known: Known): DossierEntry {
  return { type: 'fact', fact: { operation: run.plan.operation, step, state, at: run.now(), fact: known } }
}

/** Asks when it fails, and does it again, until a person takes over. */
async function undoing<T>(run: Run, step: Step, act: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act(attempt)
    } catch (error) {
      if (error instanceof HandOverRequested || isLeaseLost(error)) throw error
      if (error instanceof RetryRequested) continue
      const answer = await run.decide(step.id, `Stepping back from ${step.id} failed: ${failureText(error)}`, [
        'retry',
        'handOver',
      ])
      if (answer.action === 'handOver') throw new HandOverRequested(answer.note ?? 'stepping back failed')
    }
  }
}
