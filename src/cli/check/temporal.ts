import { registrationCommand, searchAttributesRegistered } from '../../activities/search-attributes.ts'
import { pairQueries } from '../../contract/definitions.ts'
import { pairWorkflowId, waitsQueueOf } from '../../contract/names.ts'
import type { PairStatus } from '../../contract/pair-messages.ts'
import { release } from '../../contract/release.ts'
import { CliFailure } from '../exit-codes.ts'
import { explain } from '../temporal/failures.ts'
import type { GlobalOptions } from '../options.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import { otherRelease } from '../temporal/other-release.ts'
import { workersOn } from '../temporal/workers.ts'
import { failed, ok, remarkOn, type CheckLine } from './line.ts'

/** A worker that is busy with a long history takes some seconds. */
const answerWithinMs = 5_000

/** Temporal: does it answer, does the namespace exist, can runs be found, does a worker poll. */
export async function checkTemporal(
  options: GlobalOptions,
  taskQueue: string,
  pairs: readonly string[] = [],
): Promise<CheckLine[]> {
  try {
    return await withTemporal(options, async (temporal) => {
      const runs = await workers(temporal, taskQueue, 'workflow', 'runs')
      return [
        await namespace(temporal),
        await attributes(temporal),
        runs,
        await workers(temporal, waitsQueueOf(taskQueue), 'activity', 'waits'),
        // Without a worker each question would wait for one.
        ...(runs.verdict === 'ok' ? await releases(temporal, pairs) : []),
      ]
    })
  } catch (error) {
    return [failed('Temporal', (error instanceof CliFailure ? error : explain(error)).message)]
  }
}

async function namespace({ connection, address, namespace: name }: Temporal): Promise<CheckLine> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({})
  try {
    await connection.workflowService.describeNamespace({ namespace: name })
  } catch (error) {
    return failed('Temporal', `${address} answers, but not for the namespace ${name}: ${explain(error).message}`)
  }
  return ok('Temporal', `${address}, namespace ${name}, server ${serverVersion || 'of unknown version'}`)
}

async function attributes({ client }: Temporal): Promise<CheckLine> {
  const what = 'search attributes'
  if (await searchAttributesRegistered(client)) return ok(what, 'registered')
  return remarkOn(
    what,
    `not registered: runs work, but cannot be filtered by pair. A worker registers them when it may; else: ${registrationCommand}`,
  )
}

/** What the workers are, by the first pair that answers. */
async function releases(temporal: Temporal, pairs: readonly string[]): Promise<CheckLine[]> {
  for (const pair of pairs) {
    const answer = await answerOf(temporal, pair)
    if (answer === undefined) continue
    const other = otherRelease(answer.release)
    return [
      other === undefined ? ok('worker (release)', `${release}, as this command`) : remarkOn('worker (release)', other),
    ]
  }
  return []
}

async function answerOf({ client }: Temporal, pair: string): Promise<PairStatus | undefined> {
  try {
    return await client.withDeadline(Date.now() + answerWithinMs, () =>
      client.workflow.getHandle(pairWorkflowId(pair)).query(pairQueries.status),
    )
  } catch {
    // The worker starts it when it is ready; `switchback status` tells more.
    return undefined
  }
}

async function workers(
  temporal: Temporal,
  queue: string,
  kind: 'workflow' | 'activity',
  role: string,
): Promise<CheckLine> {
  const what = `worker (${role})`
  const found = await workersOn(temporal, queue, kind)
  if (typeof found === 'string') return remarkOn(what, `Temporal does not report who polls ${queue}: ${found}`)
  if (found === 0) return remarkOn(what, `none polls the task queue ${queue}: start one with \`switchback worker\``)
  return ok(what, `polls the task queue ${queue}`)
}
