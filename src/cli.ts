/** The process `switchback`: parses the command line, runs one command, ends with its exit code. */
import { run } from './cli/run.ts'

process.exitCode = await run(process.argv.slice(2))
