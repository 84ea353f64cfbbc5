/**
 * Connect gave no usable answer.
 * - `no-answer`: the request was never read.
 * - `busy`: 409 or 503, it was refused for now (a rebalance).
 * - `unsettled`: it may have happened (a lost connection, our timeout, Connect's own `Request timed out`): look again
 *   before it is repeated.
 */
export class ConnectTrouble extends Error {
  readonly kind: 'no-answer' | 'busy' | 'unsettled'

  constructor(kind: 'no-answer' | 'busy' | 'unsettled', message: string) {
    super(message)
    this.name = 'ConnectTrouble'
    this.kind = kind
  }
}
