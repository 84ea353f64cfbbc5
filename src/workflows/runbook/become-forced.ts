import { approvalOf } from '../steps/approve.ts'
import { assessAndChoose } from '../steps/choose.ts'
import { assessPlan } from '../steps/assess-plan.ts'
import type { Run } from './run.ts'

/** Planned becomes forced: the plan changes, is assessed again without the source, and approved anew by its new hash. */
export async function becomeForced(run: Run): Promise<void> {
  const { record } = run
  const by = record.forceRequest?.by ?? run.input.requestedBy
  run.plan = { ...run.plan, mode: 'forced' }
  record.plan = run.plan
  record.forceRequest = null
  const approved = record.step('approve').state === 'done'
  record.note(`turned from planned to forced by ${by}`)
  // The step itself asks what is to be chosen; behind it this is the only place before the new approval.
  if (!approved) {
    await assessPlan(run)
    return
  }
  await assessAndChoose(run)
  const result = await approvalOf(run)
  await run.remember(`approve:forced:${run.lease.epoch}`, [
    {
      type: 'fact',
      fact: {
        operation: run.plan.operation,
        step: 'approve',
        state: 'done',
        at: run.now(),
        fact: { pre: null, result },
      },
    },
    {
      type: 'fact',
      fact: {
        operation: run.plan.operation,
        step: 'assess',
        state: 'done',
        at: run.now(),
        fact: { pre: null, result: { plan: run.plan, expectations: record.expectations, findings: record.findings } },
      },
    },
  ])
}
