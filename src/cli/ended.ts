import type { ExitCode } from './exit-codes.ts'

/** Called with the exit code of the one command that ran. */
export type Ended = (code: ExitCode) => void
