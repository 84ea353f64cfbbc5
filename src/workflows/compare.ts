import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import type { WaitActivities } from '../contract/activities.ts'
import { type CompareAnswer, compareInput } from '../contract/compare.ts'
import { errorTypes } from '../contract/errors.ts'
import { waitsQueueOf } from '../contract/names.ts'
import { checkShape } from '../contract/shape.ts'

/**
 * Compares a pair's copies with their source on demand: `switchback compare`. Only reads, needs no lease, and answers no message;
 * its live numbers are in the heartbeat of its one activity. Cancel ends it.
 */
export async function compare(input: unknown): Promise<CompareAnswer> {
  const asked = checkShape(compareInput, input)
  if (!asked.ok) {
    throw ApplicationFailure.nonRetryable(
      `A comparison is started with {"pair", "from", "to", "scope"}, as \`switchback compare\` does:\n${asked.faults}`,
      errorTypes.invalidInput,
    )
  }
  const { compareCopies } = proxyActivities<Pick<WaitActivities, 'compareCopies'>>({
    taskQueue: waitsQueueOf(workflowInfo().taskQueue),
    // As long as the logs are; a worker that dies is noticed by its heartbeat, and the next one begins again.
    startToCloseTimeout: '7 days',
    heartbeatTimeout: '20s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 5 },
  })
  try {
    return await compareCopies(asked.data)
  } catch (error) {
    // Its own words and type: whoever asked is told what to do, not that an activity failed.
    if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) throw error
    const { message, type } = error.cause
    throw ApplicationFailure.create({ message, ...(type ? { type } : {}), nonRetryable: true })
  }
}
