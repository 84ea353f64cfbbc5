import { setTimeout as sleep } from 'node:timers/promises'

/** How fast both clusters are read, together: at most so much a second. */
export interface Rate {
  records: number
  bytes: number
}

export interface Pace {
  /** Waits until what was read is within the rate. */
  took(records: number, bytes: number): Promise<void>
}

/** What was read too fast is waited for afterwards; what was not read is not saved up for later. */
export function paceOf(rate: Rate | null, signal: AbortSignal): Pace {
  let free = performance.now()
  return {
    async took(records, bytes) {
      signal.throwIfAborted()
      if (rate === null) return
      const now = performance.now()
      free = Math.max(free, now) + 1_000 * Math.max(records / rate.records, bytes / rate.bytes)
      if (free > now) await sleep(free - now, undefined, { signal })
    },
  }
}
