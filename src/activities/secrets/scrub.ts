import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker'
import { redact, withoutKnown } from './redact.ts'

/**
 * Removes secrets from whatever an activity leaves in Temporal. From a failure: message, stack trace and details, of it and of every
 * cause, also what only looks like a secret; the error keeps its identity, since Temporal tells cancellation and failures apart by
 * it. From results and heartbeats: what the configuration names as a secret, since programs and services repeat what they like.
 */
export function createScrub(secrets: () => string[]): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const context = Context.current()
      const beat = context.heartbeat.bind(context)
      Object.defineProperty(context, 'heartbeat', {
        value: (details?: unknown) => beat(saidWithout(secrets(), details)),
      })
      try {
        const answer = await next(input)
        // Its answer is what other activities failed with.
        if (context.info.activityType === 'underWay') return scrubbedValue(answer, secrets())
        return saidWithout(secrets(), answer)
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

/** Where results and heartbeats repeat what others said. A name of a topic or group is no secret, even where it is spelt like one. */
const saidByOthers = new Set(['detail', 'text', 'problem', 'reason', 'said', 'message', 'failed'])

function saidWithout(secrets: string[], value: unknown, key?: string): unknown {
  if (typeof value === 'string')
    return key !== undefined && saidByOthers.has(key) ? withoutKnown(value, secrets) : value
  if (Array.isArray(value))
    return value.some((item) => typeof item === 'object') ? value.map((item) => saidWithout(secrets, item, key)) : value
  return isPlain(value) ? eachValue(value, (item, name) => saidWithout(secrets, item, name)) : value
}

/** The same value with every text in it cleaned. */
function scrubbedValue(value: unknown, secrets: string[]): unknown {
  if (typeof value === 'string') return redact(value, secrets)
  if (Array.isArray(value)) return value.map((item) => scrubbedValue(item, secrets))
  return isPlain(value) ? eachValue(value, (item) => scrubbedValue(item, secrets)) : value
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function eachValue(
  value: Record<string, unknown>,
  change: (item: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]))
}
