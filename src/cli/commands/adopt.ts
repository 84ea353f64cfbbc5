import { pairQueries } from '../../contract/definitions.ts'
import { type OperationName, pairWorkflowId } from '../../contract/names.ts'
import type { Plan } from '../../contract/plan.ts'
import { factOf } from '../../domain/dossier/dossier.ts'
import { refusal, type ExitCode } from '../exit-codes.ts'
import type { StartOptions } from '../options.ts'
import { query } from '../temporal/run-queries.ts'
import { startedWith } from '../temporal/started-with.ts'
import { runsTaskQueue } from '../task-queue.ts'
import { type Temporal, withTemporal } from '../temporal/connect.ts'
import { fieldsOf, startAndFollow, startInput } from './start.ts'

/** Fields of the interrupted run that the new one goes on with; an approval that was given stands. */
const inherited = ['mode', 'topics', 'branch', 'replacement'] as const

async function plannedBefore(
  temporal: Temporal,
  pair: string,
  { operation }: { operation: OperationName },
): Promise<Record<string, unknown>> {
  const dossier = await query(temporal, pairWorkflowId(pair), pairQueries.dossier)
  const fact = factOf(dossier, operation, 'assess')?.fact as { result?: { plan?: Plan } } | undefined
  const plan = fact?.result?.plan
  if (plan === undefined) return {}
  const { mode, branch, target } = plan
  return { mode, ...(branch ? { branch } : {}), ...(branch === 'replace' ? { replacement: target } : {}) }
}

/** `switchback adopt`: starts the operation that was interrupted, as the one that takes its episode over. */
export async function adopt(pair: string, options: StartOptions): Promise<ExitCode> {
  const taskQueue = await runsTaskQueue(options)
  return withTemporal(options, async (temporal) => {
    const status = await query(temporal, pairWorkflowId(pair), pairQueries.status)
    const inDoubt = status.episode?.inDoubt
    if (!inDoubt)
      throw refusal(
        `${pair} is not in doubt: there is nothing to adopt. ${
          status.lease === null
            ? 'Start an operation as usual.'
            : `Its ${status.lease.operation} ${status.lease.workflowId} is at work; watch that one.`
        }`,
      )
    const started = await startedWith(temporal, inDoubt.workflowId)
    // Its history may be gone with the database it was in: the pair remembers the plan.
    const before = 'branch' in started || 'reason' in started ? started : await plannedBefore(temporal, pair, inDoubt)
    const kept = Object.fromEntries(inherited.filter((name) => name in before).map((name) => [name, before[name]]))
    const input = startInput(inDoubt.operation, { ...kept, ...fieldsOf(pair, options), adopt: true })
    return startAndFollow(temporal, { operation: inDoubt.operation, input, taskQueue }, options)
  })
}
