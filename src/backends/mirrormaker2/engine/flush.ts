import { isRunning, seeLink, type Mm2Link } from './link.ts'
import { settled, waitUntil } from './polling.ts'

/** How long the tasks may take until they run again, in ms: 0.3 s as a rule. */
const RUN_WITHIN_MS = 30_000

/**
 * A task writes its positions when it ends, so its tasks are restarted, one after the other; the connector and its settings stay as
 * they are (docs/adr/0040). A connector that takes part in exactly-once writes them with the records: nothing is done.
 */
export async function flushPositions(mm2: Mm2Link, signal?: AbortSignal): Promise<boolean> {
  const { source } = await settled(() => seeLink(mm2, signal), signal)
  if (source === null || !isRunning(source)) return false
  if (source.connector.config['exactly.once.support']?.toLowerCase() === 'required') return false
  const { name, taskIds } = source.connector
  for (const task of taskIds) await settled(() => mm2.connect.restartTask(name, task, signal), signal)
  await waitUntil(
    async () => {
      const { source: now } = await seeLink(mm2, signal)
      const running = now?.status?.tasks.filter(({ state }) => state === 'RUNNING').length ?? 0
      return running === taskIds.length ? null : `${running} of ${taskIds.length} tasks run`
    },
    {
      what: `${mm2.label}: restarting the tasks of ${name}`,
      next: 'The log of the Connect worker has the details.',
      withinMs: RUN_WITHIN_MS,
      signal,
    },
  )
  return taskIds.length > 0
}
