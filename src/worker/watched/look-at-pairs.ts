import type { Client } from '@temporalio/client'
import { eachOf } from '../../domain/text/each-of.ts'
import type { QueryDefinition } from '@temporalio/common'
import { pairQueries, runQueries } from '../../contract/definitions.ts'
import { pairWorkflowId } from '../../contract/names.ts'
import type { PairStatus } from '../../contract/pair-messages.ts'
import type { Progress } from '../../contract/progress.ts'

/** Queries are answered by workers, which have more to do than this. */
const atOnce = 4

/** An answer that takes longer is none, ms. */
const queryTimeoutMs = 5_000

/** What one pair and the run that holds it say now. */
export interface PairView {
  pair: string
  /** Null: it did not answer. */
  status: PairStatus | null
  /** Null: no run holds the pair, or it did not answer. */
  run: Progress | null
}

/** Asks every pair, and the run that holds it, by their queries. Never fails. */
export function lookAtPairs(client: Client, pairs: readonly string[]): Promise<PairView[]> {
  return eachOf(pairs, atOnce, async (pair): Promise<PairView> => {
    const status = await ask(client, { workflowId: pairWorkflowId(pair) }, pairQueries.status)
    const run = status?.lease ? await ask(client, status.lease, runQueries.progress) : null
    return { pair, status, run }
  })
}

async function ask<T>(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  query: QueryDefinition<T>,
): Promise<T | null> {
  try {
    return await client.withDeadline(Date.now() + queryTimeoutMs, () =>
      client.workflow.getHandle(workflowId, runId).query(query),
    )
  } catch {
    // Whatever the reason: the pair counts as silent, and the reason is in the worker's log and in Temporal.
    return null
  }
}
