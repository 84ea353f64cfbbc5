import { CommanderError } from 'commander'
import { CliFailure, exitCodes, type ExitCode } from './exit-codes.ts'
import { endQuietlyOnClosedPipe, remark } from './output.ts'
import { buildProgram } from './program.ts'

/** Runs one command line and tells its exit code. Never throws: a failure becomes one paragraph on stderr. */
export async function run(argv: string[]): Promise<number> {
  endQuietlyOnClosedPipe()
  let ended: ExitCode = exitCodes.success
  const program = buildProgram((code) => {
    ended = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return ended
  } catch (error) {
    // Commander has printed its own text (help, version, a usage error) already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage
    const failure = error instanceof CliFailure ? error : await explained(error)
    remark(`switchback: ${failure.message}`)
    return failure.exitCode
  }
}

/** Loaded only when something failed: it knows Temporal's errors, and they take a quarter of a second to load. */
async function explained(error: unknown): Promise<CliFailure> {
  const { explain } = await import('./temporal/failures.ts')
  return explain(error)
}
