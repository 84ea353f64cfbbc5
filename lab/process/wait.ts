import { setTimeout as sleep } from 'node:timers/promises'

export type WaitOptions = { what: string; timeoutMs: number; pollMs?: number; giveUp?: () => string | undefined }

/** How often a starting process is asked, in milliseconds: it answers within seconds, and asking is cheap. */
const POLL_MS = 100

/**
 * Calls `probe` until it answers something other than undefined or false, and returns that. A probe that throws counts as "not yet"; the last
 * error stands in the message when `timeoutMs` are over. `giveUp` names a reason not to wait any longer, such as a process that ended.
 */
export async function until<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.timeoutMs
  let last = 'no answer'
  for (;;) {
    try {
      const answer = await probe()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    const hopeless = options.giveUp?.()
    if (hopeless) throw new Error(`${options.what}: ${hopeless}`)
    if (Date.now() > end) throw new Error(`${options.what}: not within ${options.timeoutMs} ms (${last})`)
    await sleep(options.pollMs ?? POLL_MS)
  }
}
