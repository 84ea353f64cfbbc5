import { protocolErrors, protocolErrorsCodesById, ResponseError } from '@platformatic/kafka'

/** A broker's answer other than success, for one thing that was asked. */
export class BrokerRefusal extends Error {
  override readonly name = 'BrokerRefusal'
  /** Kafka's name of the error, e.g. `NOT_LEADER_OR_FOLLOWER`. */
  readonly error: string
  /** What it is about: "partition 2 of accounting.invoices". */
  readonly subject: string
  /** Asking again may help: an election, a coordinator that loads. */
  readonly passing: boolean

  constructor(error: string, subject: string, passing: boolean) {
    super(`${error} for ${subject}`)
    this.error = error
    this.subject = subject
    this.passing = passing
  }
}

/** Fails unless the code is 0. */
export function expectSuccess(code: number, subject: string): void {
  if (code !== 0) throw refusalOf(code, subject)
}

export function refusalOf(code: number, subject: string): BrokerRefusal {
  const error = protocolErrorsCodesById[code] ?? `error ${code}`
  return new BrokerRefusal(error, subject, protocolErrors[error]?.canRetry ?? false)
}

/**
 * The library throws an answer in which any row has an error. The answer is in the error, and its rows say which: callers
 * look at each row's code.
 */
export async function withRowErrors<R>(call: Promise<R>): Promise<R> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ResponseError) return error['response'] as R
    throw error
  }
}
