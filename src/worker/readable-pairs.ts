import type { Client, ConnectionLike } from '@temporalio/client'
import { memberOf } from '../domain/dossier.ts'
import { pairWorkflowId } from '../contract/names.ts'
import { codecVariable } from '../payloads/codecs.ts'
import { encodingAfter } from '../payloads/read.ts'

type Temporal = { client: Client; connection: ConnectionLike; namespace: string }

const notFound = 5

/**
 * Throws a sentence when the open workflow of a pair was written with a codec or a key that this worker has not: it would take every
 * answer of an activity for a broken one. Nothing is polled before.
 */
export async function refuseUnreadable(temporal: Temporal, pairs: string[]): Promise<void> {
  const unread = await Promise.all(pairs.map(async (pair) => ({ pair, encoding: await unreadable(temporal, pair) })))
  const [first] = unread.filter(({ encoding }) => encoding !== null)
  if (first === undefined) return
  throw new Error(
    `The workflow ${pairWorkflowId(first.pair)} was written with the encoding ${first.encoding}, which this worker cannot read. Start it with the same ${codecVariable} and with all keys that were ever used (docs/production.md), as the other workers have.`,
  )
}

/** The encoding that stays after decoding; null: it can be read, or there is no such workflow. */
async function unreadable({ client, connection, namespace }: Temporal, pair: string): Promise<string | null> {
  try {
    const { history } = await connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId: pairWorkflowId(pair) },
      maximumPageSize: 1,
    })
    const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]
    if (input === undefined) return null
    const encoding = await encodingAfter(client.options.loadedDataConverter, input)
    return encoding.startsWith('json/') ? null : encoding
  } catch (error) {
    // The worker's connection throws what the server said, a client's connection wraps it.
    const code = memberOf(error, 'code') ?? memberOf(memberOf(error, 'cause'), 'code')
    if (code === notFound) return null
    throw error
  }
}
