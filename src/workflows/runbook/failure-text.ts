import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow'
import { errorTypes } from '../../contract/errors.ts'
import { StepProblem } from './interruptions.ts'

/** What stands behind a failure, as a sentence for a person; the SDK's wrappers say only that an activity failed. */
export function failureText(error: unknown): string {
  if (error instanceof ActivityFailure) {
    if (error.cause instanceof TimeoutFailure && error.cause.cause) return failureText(error.cause.cause)
    if (error.cause instanceof TimeoutFailure) {
      return `${error.activityType} gave no answer in time (${error.cause.timeoutType}): ${error.cause.message}`
    }
    if (error.cause) return failureText(error.cause)
  }
  return error instanceof Error ? error.message : String(error)
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
