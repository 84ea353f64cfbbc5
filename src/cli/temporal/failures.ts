import {
  QueryNotRegisteredError,
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import {
  ApplicationFailure,
  NamespaceNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common'
import { errorTypes } from '../../contract/errors.ts'
import { CliFailure, exitCodes, refusal } from '../exit-codes.ts'
import { grpcCodes, serverError } from './grpc.ts'
import { messageOf } from '../message-of.ts'

/** No worker took the question in time. */
const unanswered: readonly number[] = [grpcCodes.cancelled, grpcCodes.deadlineExceeded, grpcCodes.failedPrecondition]

/** Types of a failed run that mean it was turned away, not that it broke. */
const refusalTypes: readonly string[] = [errorTypes.invalidInput, errorTypes.refused, errorTypes.leaseRefused]

/** Any failure as one readable paragraph and an exit code. */
export function explain(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error
  if (error instanceof WorkflowUpdateFailedError) return refusal(`Refused: ${messageOf(error.cause ?? error)}.`)
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return failed(
      'The message was sent, but no worker took it in time: it may still be delivered when one comes back. Check with `switchback progress <workflow-id>` before sending it again.',
      error,
    )
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return refusal(
      `There is a run with the workflow id ${error.workflowId} already: nothing was started. See it with \`switchback progress ${error.workflowId}\`, or choose another --workflow-id.`,
    )
  if (error instanceof WorkflowNotFoundError) return notFound(error.workflowId, messageOf(error))
  if (error instanceof NamespaceNotFoundError)
    return new CliFailure(
      exitCodes.usage,
      `The namespace ${error.namespace} does not exist on this Temporal server. Check --namespace or TEMPORAL_NAMESPACE.`,
    )
  if (error instanceof QueryNotRegisteredError)
    return failed(
      `The workflow does not answer this question: ${messageOf(error)}. Is it a run of switchback? \`switchback list --all\` shows them.`,
      error,
    )
  if (error instanceof WorkflowFailedError) return failedRun(error)
  if (error instanceof ServiceError) return explainService(error)
  return failed(`${messageOf(error)}.`, error)
}

function explainService(error: ServiceError): CliFailure {
  const server = serverError(error)
  if (server === undefined) return failed(`${messageOf(error.cause ?? error)}.`, error)
  const { code, said } = server
  if (unanswered.includes(code))
    return failed(
      `No worker answered in time (${said}). The run itself is safe in Temporal and goes on when a worker polls its task queue; start one with \`switchback worker\` and check with \`switchback check\`.`,
      error,
    )
  if (code === grpcCodes.unavailable)
    return failed(
      `Temporal cannot be reached any more (${said}). The run goes on without this command; try again.`,
      error,
    )
  if (code === grpcCodes.permissionDenied || code === grpcCodes.unauthenticated)
    return new CliFailure(
      exitCodes.usage,
      `Temporal refuses these credentials (${said}). Check the API key or the client certificate of the profile.`,
      { cause: error },
    )
  return failed(`Temporal refused the request: ${said}.`, error)
}

function notFound(workflowId: string, said: string): CliFailure {
  if (/already completed/i.test(said))
    return refusal(`${workflowId} is over and takes no messages. Read \`switchback report ${workflowId}\`.`)
  if (workflowId.startsWith('pair/'))
    return refusal(
      `Temporal does not know the pair ${workflowId.slice('pair/'.length)} (no workflow ${workflowId}). The worker starts it when the pair is in its switchback.yaml; check the spelling and --namespace.`,
    )
  return refusal(
    `There is no run ${workflowId || 'with this id'}. \`switchback list --all\` shows the runs; check --namespace as well.`,
  )
}

function failedRun(error: WorkflowFailedError): CliFailure {
  const cause = error.cause
  if (cause instanceof ApplicationFailure && refusalTypes.includes(cause.type ?? ''))
    return refusal(`The run was refused: ${messageOf(cause)}.`)
  return failed(`The run failed: ${messageOf(cause ?? error)}.`, error)
}

function failed(message: string, cause: unknown): CliFailure {
  return new CliFailure(exitCodes.failed, message, { cause })
}
