import type { Client } from '@temporalio/client'
import { searchAttributes } from '../contract/names.ts'

const names: string[] = Object.values(searchAttributes)

/** `IndexedValueType` of Temporal's API: one exact word. */
const keyword = 2

/** gRPC's INVALID_ARGUMENT: the query names an attribute the namespace does not have. */
const invalidArgument = 3

/**
 * Does the namespace know every search attribute a run sets? Asked by a count over them, which needs no right to
 * administer. Fails when Temporal does not answer.
 */
export async function searchAttributesRegistered(client: Client): Promise<boolean> {
  try {
    await client.workflow.count(names.map((name) => `${name} = "-"`).join(' OR '))
    return true
  } catch (error) {
    if (grpcCode(error) === invalidArgument) return false
    throw error
  }
}

/** Registers them; the server refuses it to those who may not, and where it is done by other means. */
export async function registerSearchAttributes(client: Client): Promise<void> {
  const { connection } = client
  if (!('operatorService' in connection)) throw new Error('this connection has no operator service')
  const { operatorService } = connection as { operatorService: OperatorService }
  await operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(names.map((name) => [name, keyword])),
  })
}

/** How a person registers them: for the warning when the worker may not. */
export const registrationCommand = `temporal operator search-attribute create ${names
  .map((name) => `--name ${name} --type Keyword`)
  .join(' ')}`

interface OperatorService {
  addSearchAttributes(request: { namespace: string; searchAttributes: Record<string, number> }): Promise<unknown>
}

/** The client wraps gRPC's error once. */
function grpcCode(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error) return error.code
  return 'cause' in error ? grpcCode(error.cause) : undefined
}
