import type { OperationName } from './names.ts'

/** The run that may change the pair, with an epoch that only grows. */
export interface Lease {
  workflowId: string
  runId: string
  operation: OperationName
  epoch: number
  acquiredAt: string
}

/** Carried by every write: refused when the pair's lease is not this one any more. */
export interface LeaseToken {
  pair: string
  workflowId: string
  runId: string
  epoch: number
}
