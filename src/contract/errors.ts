/** Types of failures a client, an activity or a test can tell apart (`ApplicationFailure.type`). */
export const errorTypes = {
  /** Start input, a message or an argument of the wrong shape. */
  invalidInput: 'InvalidInput',
  /** An answer that does not fit what the run waits for. */
  refused: 'Refused',
  /** The pair did not give its lease to this run. */
  leaseRefused: 'LeaseRefused',
  /** A write came from a run whose lease is gone. */
  leaseLost: 'LeaseLost',
  /** A broker, Connect, desk or application endpoint did not answer. */
  unreachable: 'Unreachable',
  /** The outside world is not as the step needs it; retrying alone will not mend it. */
  precondition: 'PreconditionFailed',
  /** The other side refused the call (authorization, bad request). */
  rejected: 'Rejected',
  /** The configuration on the worker does not know or allow it. */
  configuration: 'Configuration',
  /** Nothing is known about whether an action took place. */
  unknownOutcome: 'UnknownOutcome',
  /** A wait ended without what it waited for. */
  notYet: 'NotYet',
} as const
export type ErrorType = (typeof errorTypes)[keyof typeof errorTypes]
