import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../contract/errors.ts'

/** Failures an adapter may throw. The text is for a person: what, where, how much, what next; never a secret. */

/** Nobody answered. Retried within the step's budget. */
export function unreachable(message: string, cause?: Error): ApplicationFailure {
  return failure(errorTypes.unreachable, message, { cause })
}

/** The other side understood and refused. Not retried: a person must mend something. */
export function rejected(message: string, cause?: Error): ApplicationFailure {
  return failure(errorTypes.rejected, message, { nonRetryable: true, cause })
}

/** The world is not as this act needs it (an active group, a selection changed by somebody else). Not retried. */
export function precondition(message: string): ApplicationFailure {
  return failure(errorTypes.precondition, message, { nonRetryable: true })
}

/** switchback.yaml on the worker does not know it. Not retried; mended by editing the file, then `decide` retry. */
export function configurationFault(message: string): ApplicationFailure {
  return failure(errorTypes.configuration, message, { nonRetryable: true })
}

/** It may or may not have happened. Never retried blindly. */
export function unknownOutcome(message: string, cause?: Error): ApplicationFailure {
  return failure(errorTypes.unknownOutcome, message, { nonRetryable: true, cause })
}

/** A wait ended without what it waited for. Retried within the step's budget: it looks again before it acts. */
export function notYet(message: string): ApplicationFailure {
  return failure(errorTypes.notYet, message)
}

function failure(
  type: string,
  message: string,
  { cause, ...more }: { nonRetryable?: boolean; cause?: Error | undefined } = {},
): ApplicationFailure {
  return ApplicationFailure.create({ type, message: readable(message), ...more, ...(cause && { cause }) })
}

/** Characters of a text that somebody reads; what others say in it may be of any length. */
const atBeginning = 3_000
const atEnd = 800

/** What happened stands at the beginning, what to do at the end. */
function readable(message: string): string {
  const left = message.length - atBeginning - atEnd
  if (left <= 0) return message
  return `${message.slice(0, atBeginning)} … (${left} characters) … ${message.slice(-atEnd)}`
}
