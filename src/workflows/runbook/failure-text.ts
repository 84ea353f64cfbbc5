import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import { errorTypes } from '../../contract/errors.ts'
import { StepProblem } from './interruptions.ts'

/** What stands behind a failure, as a sentence for a person; the SDK's wrappers say only that an activity failed. */
export function failureText(error: unknown): string {
  if (error instanceof ActivityFailure) {
    if (error.cause instanceof TimeoutFailure && error.cause.cause) return failureText(error.cause.cause)
    if (error.cause instanceof TimeoutFailure) return timeoutText(error.activityType, error.cause)
    if (error.cause) return failureText(error.cause)
  }
  return error instanceof Error ? error.message : String(error)
}

/** The server's own sentence is about its retries; an attempt that is alone with its time says more in its heartbeat. */
function timeoutText(activity: string, { timeoutType, message, lastHeartbeatDetails: beat }: TimeoutFailure): string {
  const failed =
    typeof beat === 'object' && beat !== null && 'failed' in beat && typeof beat.failed === 'string'
      ? ` The last failure: ${beat.failed}`
      : ''
  if (timeoutType === 'SCHEDULE_TO_CLOSE')
    return `${activity} did not finish within the time of this step, and the last attempt gave no reason: is the worker running?${failed}`
  return `${activity} gave no answer in time (${timeoutType}): ${message}${failed}`
}

function applicationCause(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error
  if (error instanceof ActivityFailure || error instanceof TimeoutFailure) return applicationCause(error.cause)
  return undefined
}

export function failureType(error: unknown): string | undefined {
  return applicationCause(error)?.type ?? undefined
}

/** Somebody else holds the pair now, or this run was reset: nothing may be written any more. */
export function isLeaseLost(error: unknown): boolean {
  return failureType(error) === errorTypes.leaseLost
}

/**
 * Worth looking again while a person is asked. Steps change nothing when applied twice, so whatever the world or the
 * configuration may come to allow is tried again; only an act of unknown outcome is not.
 */
export function mayPassByItself(error: unknown): boolean {
  if (error instanceof StepProblem) return error.mayPassByItself
  const cause = applicationCause(error)
  if (cause) return cause.type !== errorTypes.unknownOutcome
  return error instanceof ActivityFailure
}
