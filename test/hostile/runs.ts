import * as fc from 'fast-check'

/**
 * How much is played: `count` times in `npm test`, so many times as much with `SWITCHBACK_HOSTILE`, or for a time:
 * `SWITCHBACK_HOSTILE_MINUTES=60 npx vitest run --project unit --testTimeout 4000000 test/hostile` plays an hour, and prints what it
 * has played. `share`: of the time of a file, for one of its properties.
 */
export function runs(name: string, count: number, share = 1): fc.Parameters<unknown> {
  return {
    ...(minutes > 0
      ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: minutes * 60_000 * share }
      : { numRuns: count * Number(process.env['SWITCHBACK_HOSTILE'] ?? 1) }),
    reporter(details) {
      const failure = details.failed ? `, ${String(details.errorInstance).slice(0, 300)}` : ''
      if (minutes > 0) console.log(`${name}: ${details.numRuns} played${failure}`)
      if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance })
    },
  }
}

export const minutes = Number(process.env['SWITCHBACK_HOSTILE_MINUTES'] ?? 0)

/** A turn of the event loop, ms: exact in a run of its own, and beside all other tests what a fault would exceed at once. */
export const longestTurn = minutes > 0 ? 200 : 800
