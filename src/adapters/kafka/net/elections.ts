import { pause } from './abort.ts'
import { BrokerRefusal } from './refusal.ts'

/** Between two tries, ms: elections and loading coordinators take from tens of milliseconds to seconds. */
const PAUSE_MS = 100

/** Asks again, with fresh metadata, while the broker says that it is electing or loading; no longer than `timeoutMs`. */
export async function overElections<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof BrokerRefusal && error.passing) || Date.now() + PAUSE_MS > end) throw error
    }
    await pause(PAUSE_MS, signal)
  }
}
