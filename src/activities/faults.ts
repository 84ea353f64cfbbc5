import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../contract/errors.ts'

/** What was asked for cannot be done with these inputs. Not retried. */
export function invalidInput(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: errorTypes.invalidInput, message, nonRetryable: true })
}

/** The pair did not give its lease to this run. Not retried. */
export function leaseRefused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: errorTypes.leaseRefused, message, nonRetryable: true })
}

/** A write came from a run whose lease is gone. Not retried: another run may be changing the pair. */
export function leaseLost(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: errorTypes.leaseLost, message, nonRetryable: true })
}

/** The pair is given away, but not yet: asked for again after `delayMs`. */
export function notYetGiven(message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({ type: errorTypes.leaseRefused, message, nextRetryDelay: delayMs })
}

/** One line of an error for a person: its own text, without stack and type. */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().length > 0 ? text.trim() : 'no reason was given'
}

/** A fault of the worker's configuration: waiting does not mend it, so no wait swallows it. */
export function isConfigurationFault(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === errorTypes.configuration
}
