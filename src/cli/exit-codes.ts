/** How the command ends. Scripts rely on these numbers; `switchback --help` prints them. */
export const exitCodes = {
  success: 0,
  /** It was tried and did not succeed: a run that failed or was aborted, a server that does not answer. */
  failed: 1,
  /** Wrong usage or configuration: nothing was sent. */
  usage: 2,
  /** Refused by the run, the pair or a validator: nothing was changed. */
  refused: 3,
  /** The run goes on, but only a person can move it. */
  waiting: 4,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodesHelp = `Exit codes:
  0  success
  1  failed: the run failed or was aborted, a check failed, or a server does not answer
  2  wrong usage or configuration; nothing was sent
  3  refused by the run, the pair or a validator; nothing was changed
  4  the run waits for a person (--follow without a terminal, after --patience seconds)`

/** A failure with its text for a person (one paragraph: what, where, how much, what next) and its exit code. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.name = 'CliFailure'
    this.exitCode = exitCode
  }
}

export const usageFailure = (message: string): CliFailure => new CliFailure(exitCodes.usage, message)
export const refusal = (message: string): CliFailure => new CliFailure(exitCodes.refused, message)
