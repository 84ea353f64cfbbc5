import type { Info } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { sentence } from './faults.ts'
import { notYet } from '../ports/failures.ts'

/** An attempt ends this much before Temporal ends it, ms: its own failure has to arrive in time. */
const marginMs = 1_500
/** What is aborted may take so long to say what it saw, ms. */
const wordsMs = 700

type Times = Pick<Info, 'startToCloseTimeoutMs' | 'scheduleToCloseTimeoutMs' | 'scheduledTimestampMs'>

export interface AttemptLimit {
  /** Aborts when the attempt's time is over, with a failure that says so; undefined: the attempt has no limit. */
  signal: AbortSignal | undefined
  /** Ends when the act ends, or a moment after the time is over. */
  within<T>(act: Promise<T>): Promise<T>
  end(): void
}

/**
 * Temporal ends an attempt that is out of time with a failure of its own ("Not enough time to schedule next retry") which holds
 * neither what was waited for nor what the attempts before failed with. So the attempt ends itself first.
 */
export function attemptLimit(what: string, info: Times, before: string | undefined): AttemptLimit {
  const leftMs = timeLeft(info, Date.now())
  if (leftMs === undefined) return { signal: undefined, within: (act) => act, end: () => undefined }
  const isLast = lastAttempt(info, Date.now(), leftMs)
  const controller = new AbortController()
  const failure = notYet(
    `${what} did not finish within the time of this step.${before === undefined ? '' : ` The last failure: ${before}`}`,
  )
  let words: NodeJS.Timeout | undefined
  let refuse: (error: Error) => void = () => undefined
  const over = new Promise<never>((_, reject) => (refuse = reject))
  over.catch(() => undefined)
  const timer = setTimeout(() => {
    words = setTimeout(() => refuse(failure), wordsMs)
    controller.abort(failure)
  }, leftMs)
  return {
    signal: controller.signal,
    within: async (act) => {
      try {
        return await Promise.race([act, over])
      } catch (error) {
        // Another attempt would have a second, and nothing to say at its end.
        if (controller.signal.aborted && isLast && error instanceof ApplicationFailure && !error.nonRetryable)
          throw ApplicationFailure.create({
            ...(error.type == null ? {} : { type: error.type }),
            message: sentence(error),
            nonRetryable: true,
          })
        throw error
      }
    },
    end: () => {
      clearTimeout(timer)
      clearTimeout(words)
    },
  }
}

/** ms until the attempt has to end; undefined: no limit, or clocks that differ too much to tell. */
function timeLeft(info: Times, now: number): number | undefined {
  const { startToCloseTimeoutMs } = info
  const left = Math.min(leftInAll(info, now), startToCloseTimeoutMs > 0 ? startToCloseTimeoutMs : Infinity)
  return Number.isFinite(left) ? left - Math.min(marginMs, left / 10) : undefined
}

/** Of all attempts together, ms. */
function leftInAll({ scheduleToCloseTimeoutMs, scheduledTimestampMs }: Times, now: number): number {
  if (scheduleToCloseTimeoutMs <= 0) return Infinity
  const left = scheduledTimestampMs + scheduleToCloseTimeoutMs - now
  return left > 0 && left <= scheduleToCloseTimeoutMs ? left : Infinity
}

function lastAttempt(info: Times, now: number, leftMs: number): boolean {
  return leftInAll(info, now) - leftMs <= marginMs
}

/** What the attempt before failed with, as its last heartbeat told. */
export function failedBefore(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('failed' in details)) return undefined
  return typeof details.failed === 'string' ? details.failed : undefined
}
