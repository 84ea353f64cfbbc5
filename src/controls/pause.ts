import { setTimeout as sleep } from 'node:timers/promises'

/** Waits so many milliseconds; throws the signal's own reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
