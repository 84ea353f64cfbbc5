import type { Client } from '@temporalio/client'
import type { Logger } from '@temporalio/worker'
import { eachOf } from '../domain/text/each-of.ts'
import { sentence } from '../activities/faults.ts'

const AT_ONCE = 20

/**
 * Open workflows of a task queue go on with whatever worker is there. Each is bound to the worker that had it in memory, and its
 * next task would be kept for that one for a while, dead or not: a run would stand still twice, for itself and for its pair. One
 * that lives loses nothing but its copy in memory. Never throws: without it all goes on as well, only later.
 */
export async function takeUpRuns(client: Client, taskQueue: string, logger: Logger): Promise<void> {
  const { namespace } = client.options
  const query = `TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND ExecutionStatus = 'Running'`
  try {
    const open: { workflowId: string; runId: string }[] = []
    for await (const { workflowId, runId } of client.workflow.list({ query })) open.push({ workflowId, runId })
    const taken = await eachOf(open, AT_ONCE, (execution) =>
      // One that has ended meanwhile is bound to nobody.
      client.workflowService.resetStickyTaskQueue({ namespace, execution }).then(
        () => true,
        () => false,
      ),
    )
    if (open.length > 0) logger.info(`took up ${taken.filter(Boolean).length} open run(s)`)
  } catch (error) {
    logger.warn(`open runs are taken up by this worker some seconds later: ${sentence(error)}`)
  }
}
