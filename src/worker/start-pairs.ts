import type { Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { Config } from '../config/schema.ts'
import { pairWorkflowId, searchAttributes } from '../contract/names.ts'
import type { PairStart } from '../contract/pair-messages.ts'
import { pairSummary } from '../activities/pair-door.ts'

const pairAttribute = defineSearchAttributeKey(searchAttributes.pair, 'KEYWORD')

/** Starts the workflow of every configured pair; one that is open already is left as it is. */
export async function startPairs(client: Client, config: Config, withSearchAttributes: boolean): Promise<string[]> {
  const names = Object.keys(config.pairs)
  for (const pair of names) {
    const configured = config.pairs[pair]
    if (configured === undefined) continue
    const start: PairStart = { pair, primary: configured.primary, secondary: configured.secondary }
    await client.workflow.start('pair', {
      workflowId: pairWorkflowId(pair),
      taskQueue: config.temporal.taskQueue,
      args: [start],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: pairSummary(start),
      ...(withSearchAttributes ? { typedSearchAttributes: [{ key: pairAttribute, value: pair }] } : {}),
    })
  }
  return names
}
