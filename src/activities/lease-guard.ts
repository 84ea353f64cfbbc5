import { activityInfo } from '@temporalio/activity'
import { pairWorkflowId } from '../contract/names.ts'
import type { LeaseToken } from '../contract/lease.ts'
import { leaseLost } from './faults.ts'
import type { PairDoor } from './pair-door.ts'

/** Proves, right before an outside call, that the run this activity works for still holds the pair's lease. */
export type LeaseGuard = (lease: LeaseToken) => Promise<void>

export function createLeaseGuard(door: Pick<PairDoor, 'lease'>): LeaseGuard {
  return async (lease) => {
    const own = activityInfo().workflowExecution
    if (own?.workflowId !== lease.workflowId || own.runId !== lease.runId) {
      throw leaseLost(
        `Nothing was written: the lease of ${lease.pair} with epoch ${lease.epoch} belongs to the run ${lease.workflowId} (${lease.runId}), and this activity works for ${own?.workflowId ?? 'no workflow'} (${own?.runId ?? 'no run'}).`,
      )
    }
    const holder = await door.lease(lease.pair)
    if (holder === undefined) {
      throw leaseLost(
        `Nothing was written: the workflow ${pairWorkflowId(lease.pair)}, which keeps the lease, does not exist. Restart the worker (it starts the pair again), then start the operation with "adopt": true.`,
      )
    }
    if (holder === null) {
      throw leaseLost(
        `Nothing was written: nobody holds the lease of ${lease.pair} any more; this run's had epoch ${lease.epoch}. See the query "status" of ${pairWorkflowId(lease.pair)}.`,
      )
    }
    if (holder.workflowId !== lease.workflowId || holder.runId !== lease.runId || holder.epoch !== lease.epoch) {
      throw leaseLost(
        `Nothing was written: the lease of ${lease.pair} is with ${holder.workflowId} (${holder.operation}, epoch ${holder.epoch}) since ${holder.acquiredAt}; this run's had epoch ${lease.epoch}.`,
      )
    }
  }
}
