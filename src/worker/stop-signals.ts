import type { Logger } from '@temporalio/common'

const signals = ['SIGTERM', 'SIGINT'] as const

/** Of the whole limit; in the rest activities that were cancelled come to their end, and connections are closed. */
const drainShare = 2 / 3

/** How long activities under way go on undisturbed once the worker was told to stop, ms. */
export function drainMs(stopWithinMs: number): number {
  return Math.round(stopWithinMs * drainShare)
}

/**
 * The first signal calls what was handed over last; before that nothing is under way, and the process ends with 0. A second
 * one, or `stopWithinMs` after the first, ends it with 1: Temporal gives what was under way to another worker, as after a
 * crash.
 */
export function onStopSignal(stopWithinMs: number, logger: Logger): { drainBy: (drain: () => void) => void } {
  let drain = (): void => process.exit(0)
  let stopping = false
  const end = (why: string): never => {
    process.stderr.write(`${why}; another worker takes up what was under way.\n`)
    process.exit(1)
  }
  for (const signal of signals)
    process.on(signal, () => {
      if (stopping) end(`A second signal (${signal}) ends the worker at once`)
      stopping = true
      logger.info(`${signal}: takes nothing new; what is under way has ${stopWithinMs / 1000} s`)
      // Not keeping the process alive: it ends as soon as everything has ended.
      setTimeout(() => end(`Not everything has ended within ${stopWithinMs / 1000} s`), stopWithinMs).unref()
      drain()
    })
  return {
    drainBy(given) {
      drain = given
    },
  }
}
