import { isGrpcServiceError, ServiceError } from '@temporalio/client'
import { messageOf } from '../message-of.ts'

/** gRPC codes this command can say something about (https://grpc.io/docs/guides/status-codes/). */
export const grpcCodes = {
  /** Ours: the SDK gives a call up that way when a deadline passes between two tries. */
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** What the server said, whether the SDK wrapped it or not; undefined for any other failure. */
export function serverError(error: unknown): { code: number; said: string } | undefined {
  const cause = error instanceof ServiceError ? error.cause : error
  return isGrpcServiceError(cause) ? { code: cause.code, said: messageOf(cause.details || cause) } : undefined
}
