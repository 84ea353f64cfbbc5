import { condition } from '@temporalio/workflow'

/** More than any step needs from one answer to its next call. */
const turns = 50

/**
 * Waits until everything else that came with this workflow task has been dealt with. A timer that fires while the task of a worker
 * that died is under way comes together with what that task was to handle; or behind it, when a query has brought the new worker up
 * to that point already. Whoever decides by what is under way has to see, and to order, the same in both cases: a replay only knows
 * the first one.
 */
export async function behindAll(): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    let looked = false
    await condition(() => {
      if (looked) return true
      looked = true
      return false
    })
  }
}
