import { ConfigError } from '../config/load.ts'
import type { WorkerOptions } from './arguments.ts'
import { installRuntime } from './logging.ts'
import { runWorker } from './run.ts'

/** A worker until a signal stops it. Ends the process by itself only when it failed: 2 for a faulty configuration, else 1. */
export async function workerProcess(options: WorkerOptions): Promise<void> {
  try {
    installRuntime(options.temporalMetrics)
    await runWorker(options)
  } catch (error) {
    // Not through the logger: it holds lines back for a moment, and the native runtime keeps a process without workers alive.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(error instanceof ConfigError ? 2 : 1)
  }
}
