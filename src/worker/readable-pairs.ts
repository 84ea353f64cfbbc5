import type { Client, ConnectionLike } from '@temporalio/client'
import { eachOf } from '../domain/text/each-of.ts'
import { pairWorkflowId } from '../contract/names.ts'
import { codecVariable } from '../payloads/codecs.ts'
import { encodingAfter } from '../payloads/read.ts'
import { startedInput } from '../payloads/started-input.ts'

type Temporal = { client: Client; connection: ConnectionLike; namespace: string }

const atOnce = 20

/**
 * Throws a sentence when the open workflow of a pair was written with a codec or a key that this worker has not: it would take every
 * answer of an activity for a broken one. Nothing is polled before.
 */
export async function refuseUnreadable(temporal: Temporal, pairs: string[]): Promise<void> {
  await eachOf(pairs, atOnce, async (pair) => {
    const input = await startedInput(temporal, pairWorkflowId(pair))
    if (input === null) return
    const encoding = await encodingAfter(temporal.client.options.loadedDataConverter, input)
    if (encoding.startsWith('json/')) return
    throw new Error(
      `The workflow ${pairWorkflowId(pair)} was written with the encoding ${encoding}, which this worker cannot read. Start it with the same ${codecVariable} and with all keys that were ever used (docs/production.md), as the other workers have.`,
    )
  })
}
