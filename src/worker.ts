import { ConfigError } from './config/load.ts'
import { parseArguments } from './worker/arguments.ts'
import { installRuntime } from './worker/logging.ts'
import { runWorker } from './worker/run.ts'

/** The process `switchback worker`: exit code 0 after a shutdown, 1 for a failure, 2 for a faulty configuration. */
const options = parseArguments(process.argv)
try {
  installRuntime(options.temporalMetrics)
  await runWorker(options)
} catch (error) {
  // Not through the logger: it holds lines back for a moment, and the native runtime keeps a process without workers alive.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof ConfigError ? 2 : 1)
}
