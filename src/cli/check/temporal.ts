import { registrationCommand, searchAttributesRegistered } from '../../activities/search-attributes.ts'
import { waitsQueueOf } from '../../contract/names.ts'
import { CliFailure } from '../exit-codes.ts'
import { explain } from '../temporal/failures.ts'
import type { GlobalOptions } from '../options.ts'
import { withTemporal, type Temporal } from '../temporal/connect.ts'
import { workersOn } from '../temporal/workers.ts'
import { failed, ok, remarkOn, type CheckLine } from './line.ts'

/** Temporal: does it answer, does the namespace exist, can runs be found, does a worker poll. */
export async function checkTemporal(options: GlobalOptions, taskQueue: string): Promise<CheckLine[]> {
  try {
    return await withTemporal(options, async (temporal) => [
      await namespace(temporal),
      await attributes(temporal),
      await workers(temporal, taskQueue, 'workflow', 'runs'),
      await workers(temporal, waitsQueueOf(taskQueue), 'activity', 'waits'),
    ])
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
