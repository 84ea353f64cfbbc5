import { pairQueries } from '../../contract/definitions.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { CompareAnswer, CompareInput, CompareScope } from '../../contract/compare.ts'
import { compareWorkflowId, pairWorkflowId } from '../../contract/names.ts'
import { CliFailure, exitCodes, refusal, type ExitCode, usageFailure } from '../exit-codes.ts'
import type { GlobalOptions } from '../options.ts'
import { remark, sayJson, show } from '../output.ts'
import { compareLines, liveOf, progressBar, progressLine } from '../render/compare.ts'
import { mayPaint } from '../render/layout.ts'
import { Screen } from '../screen.ts'
import { runsTaskQueue } from '../task-queue.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import { liveActivities } from '../temporal/live-activities.ts'
import { query } from '../temporal/run-queries.ts'
import { workersOn } from '../temporal/workers.ts'

export interface CompareOptions extends GlobalOptions {
  topics?: string[]
  records?: number
  /** Seconds. */
  since?: number
  all?: boolean
  rate?: number
  json?: boolean
  taskQueue?: string
}

/** Without a choice: so many of the newest offsets of each partition. */
const newestByDefault = 10_000

/** Between two looks in a terminal, and between two lines without one, ms. */
const lookMs = 500
const lineMs = 5_000

/** `switchback compare`: starts the comparison, shows how far it is, and tells what it found. Exit code 1: a difference. */
export async function compare(pair: string, options: CompareOptions): Promise<ExitCode> {
  const scope = scopeOf(options, new Date())
  const taskQueue = await runsTaskQueue(options)
  return withTemporal(options, async (temporal) => {
    const { active, standby, protectedBy } = await query(temporal, pairWorkflowId(pair), pairQueries.status)
    if (protectedBy === null)
      throw refusal(
        `Nothing is mirrored for ${pair} now: there is no copy to compare. ${active} is active, and its link to ${standby} is not enabled; run reset first.`,
      )
    const input: CompareInput = {
      pair,
      from: protectedBy.from,
      to: protectedBy.to,
      ...(options.topics ? { topics: options.topics } : {}),
      scope,
      ...(options.rate === undefined ? {} : { recordsPerSecond: options.rate }),
    }
    const handle = await temporal.client.workflow.start('compare', {
      args: [input],
      workflowId: compareWorkflowId(pair),
      taskQueue,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `compare the copies of ${pair} on ${input.to} with ${input.from}`,
    })
    if ((await workersOn(temporal, taskQueue, 'workflow')) === 0)
      remark(`switchback: no worker polls the task queue ${taskQueue} now; the comparison waits until one does.`)
    const answer = await followed(temporal, handle, options)
    if (options.json) sayJson(answer, 2)
    else show(compareLines(answer))
    return answer.topics.some(({ result }) => result === 'differs') ? exitCodes.failed : exitCodes.success
  })
}

function scopeOf({ records, since, all }: CompareOptions, now: Date): CompareScope {
  if ([records, since, all].filter((choice) => choice !== undefined).length > 1)
    throw usageFailure('Choose one of --records, --since and --all.')
  if (all) return { kind: 'all' }
  if (since !== undefined) return { kind: 'since', since: new Date(now.getTime() - since * 1000).toISOString() }
  return { kind: 'records', records: records ?? newestByDefault }
}

/** Shows live numbers until the comparison is over. Ctrl-C ends the comparison as well. */
async function followed(temporal: Temporal, handle: WorkflowHandle, { json }: CompareOptions): Promise<CompareAnswer> {
  const screen =
    process.stdout.isTTY && !json ? new Screen(process.stdout, mayPaint(process.stdout, process.env)) : null
  let stopped = false
  const stop = (): void => {
    stopped = true
    void handle.cancel().catch(() => undefined)
  }
  process.once('SIGINT', stop)
  const ended = new AbortController()
  const result = (handle.result() as Promise<CompareAnswer>).finally(() => ended.abort())
  result.catch(() => undefined)
  let line = ''
  try {
    while (!ended.signal.aborted) {
      const described = await temporal.client.workflow.getHandle(handle.workflowId).describe()
      const [activity] = await liveActivities(temporal.client, described)
      const live = liveOf(activity)
      if (screen !== null) screen.draw(progressBar(live, activity, process.stdout.columns || 80), false)
      else if (live !== null || activity?.lastFailure !== undefined) {
        const next = progressLine(live, activity)
        if (next !== line) remark(`switchback: ${next}`)
        line = next
      }
      await sleep(screen === null ? lineMs : lookMs, undefined, { signal: ended.signal }).catch(() => undefined)
    }
    screen?.draw([], true)
    return await result
  } catch (error) {
    if (stopped) throw new CliFailure(exitCodes.failed, 'Stopped: nothing was changed.', { cause: error })
    throw error
  } finally {
    process.removeListener('SIGINT', stop)
  }
}
