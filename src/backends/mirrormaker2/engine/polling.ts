import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationFailure } from '@temporalio/common'
import { errorTypes } from '../../../contract/errors.ts'
import { notYet } from '../../../ports/failures.ts'
import { tellSeen } from '../../../ports/seen.ts'
import { ConnectTrouble } from '../connect/trouble.ts'

/** Between two looks, in ms: Connect applies a change in 0.4 to 2 s. */
const POLL_MS = 250
/** Between two looks once it takes long (a source that is dead), in ms. */
const SLOW_POLL_MS = 1_000
const SLOW_AFTER_MS = 10_000
/** First pause after a 409, in ms, doubled each time up to the other: a rebalance takes from 0.1 s to a session timeout. */
const BACKOFF_MS = 250
const MAX_BACKOFF_MS = 4_000
/** How long a call is repeated while Connect rebalances or does not settle, in ms: a rebalance after a worker's death takes 10 s. */
const RETRY_MS = 60_000
/** A wait tolerates that Connect says nothing for so long, in ms: stopping a connector of a dead source blocks it for 57 s. */
const TOLERATED_SILENCE_MS = 90_000

/**
 * Repeats `act` while Connect is busy or left it open whether something happened. `act` must look before it writes, so
 * that a repetition is harmless.
 */
export async function settled<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const end = Date.now() + RETRY_MS
  for (let pause = BACKOFF_MS; ; pause = Math.min(pause * 2, MAX_BACKOFF_MS)) {
    signal?.throwIfAborted()
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof ConnectTrouble) || error.kind === 'no-answer' || Date.now() + pause > end) throw error
      tellSeen(error.message)
    }
    await rest(pause, signal)
  }
}

/**
 * Looks until `look` answers null; until then it answers what it sees, for the failure after `withinMs`. A Connect that
 * falls silent in between does not end the wait; one that is not there from the start does, unless it was `heard` before.
 */
export async function waitUntil(
  look: () => Promise<string | null>,
  {
    what,
    next,
    withinMs,
    heard,
    signal,
  }: { what: string; next: string; withinMs: number; heard?: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const start = Date.now()
  let heardAt = start
  let seen = heard
  const over = () => {
    const seconds = Math.round((Date.now() - start) / 1000)
    return notYet(`${what}: not after ${seconds} s. Seen last: ${seen ?? 'nothing'}. ${next}`)
  }
  for (;;) {
    if (outOfTime(signal)) throw over()
    signal?.throwIfAborted()
    try {
      const now = await look()
      if (now === null) return
      seen = now
      heardAt = Date.now()
      tellSeen(`${what}: ${now}`)
    } catch (error) {
      if (outOfTime(signal)) throw over()
      if (!(error instanceof ConnectTrouble)) throw error
      const neverHeard = seen === undefined && error.kind === 'no-answer'
      if (neverHeard || Date.now() - heardAt > TOLERATED_SILENCE_MS) throw error
      tellSeen(`${what}: ${error.message}`)
    }
    const elapsed = Date.now() - start
    if (elapsed > withinMs) throw over()
    try {
      await rest(elapsed > SLOW_AFTER_MS ? SLOW_POLL_MS : POLL_MS, signal)
    } catch (error) {
      throw outOfTime(signal) ? over() : error
    }
  }
}

/** The caller's own time is over, which is no cancellation: whoever is asked then wants to know what was seen last. */
function outOfTime(signal: AbortSignal | undefined): boolean {
  const reason: unknown = signal?.aborted ? signal.reason : undefined
  return reason instanceof ApplicationFailure && reason.type === errorTypes.notYet
}

async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {})
  } catch (error) {
    // The canceller's own reason, so that Temporal sees its cancellation and not a timer's.
    signal?.throwIfAborted()
    throw error
  }
}
