import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker'
import { redact } from './redact.ts'

/**
 * Removes secrets from a failure before it enters a history: message, stack trace and details, of it and of every cause.
 * The error keeps its identity, since Temporal tells cancellation and failures apart by it.
 */
export function createScrub(secrets: () => string[]): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        const answer = await next(input)
        // Its answer is what other activities failed with.
        return Context.current().info.activityType === 'underWay' ? scrubbedValue(answer, secrets()) : answer
      } catch (error) {
        throw scrubbed(error, secrets(), new Set())
      }
    },
  }
}

function scrubbed(error: unknown, secrets: string[], seen: Set<unknown>): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redact(error, secrets) : error
  if (seen.has(error)) return error
  seen.add(error)
  error.message = redact(error.message, secrets)
  if (error.stack !== undefined) error.stack = redact(error.stack, secrets)
  if (error.cause !== undefined) {
    Object.defineProperty(error, 'cause', {
      value: scrubbed(error.cause, secrets, seen),
      configurable: true,
      enumerable: Object.prototype.propertyIsEnumerable.call(error, 'cause'),
      writable: true,
    })
  }
  if (error instanceof ApplicationFailure && error.details?.length) {
    const details = error.details.map((detail) => scrubbedValue(detail, secrets))
    Object.defineProperty(error, 'details', { value: details, configurable: true, enumerable: true, writable: true })
  }
  return error
}

function scrubbedValue(value: unknown, secrets: string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets)
  if (Array.isArray(value)) return value.map((item) => scrubbedValue(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrubbedValue(item, secrets)]))
}
