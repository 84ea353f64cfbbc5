import { failureText } from './failure-text.ts'
import { HandOverRequested } from './interruptions.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'

/** Undoes, last first, what was begun or done, from the recorded pre-images only. */
export async function stepBack(run: Run, steps: Step[]): Promise<void> {
  const { record } = run
  // The abort is being honoured: from here on it interrupts nothing any more.
  const abort = record.abort
  record.abort = null
  record.forceRequest = null
  for (const step of steps.toReversed()) {
    const entry = run.factEntry(step.id)
    if (!step.undo || (entry?.state !== 'begun' && entry?.state !== 'done')) continue
    const { pre } = entry.fact as { pre: unknown }
    for (let attempt = 1; ; attempt += 1) {
      try {
        const undone = await step.undo(run, pre)
        await run.remember(`${step.id}:undone:${run.lease.epoch}:${attempt}`, [
          {
            type: 'fact',
            fact: { operation: run.plan.operation, step: step.id, state: 'undone', at: run.now(), fact: { pre } },
          },
          ...(undone.entries ?? []),
        ])
        record.enter(step.id, 'undone', run.now(), { detail: undone.detail })
        break
      } catch (error) {
        if (error instanceof HandOverRequested) throw error
        const answer = await run.decide(step.id, `Stepping back from ${step.id} failed: ${failureText(error)}`, [
          'retry',
          'handOver',
        ])
        if (answer.action === 'handOver') throw new HandOverRequested(answer.note ?? 'stepping back failed')
      }
    }
  }
  record.abort = abort
}
