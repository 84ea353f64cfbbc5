import { strangersOn } from './describe.ts'
import { isStopped, seeLink, stateText, type LinkSeen, type Mm2Link, type Role, type Seen } from './link.ts'
import { settled, waitUntil } from './polling.ts'

/**
 * How long stopping may take, in ms: 1 s as a rule, 57 s a connector when the source is dead (its admin client's
 * default.api.timeout.ms), and the barrier waits for a task that does not end.
 */
const STOP_WITHIN_MS = 240_000
/** A status that still names a task so long after the stop was accepted, in ms, may be of one that is no more. */
const STALE_AFTER_MS = 15_000

/** The order matters when the source is dead: the checkpoint connector would hold the worker while the other stops. */
const stopOrder = ['heartbeat', 'checkpoint', 'source'] as const satisfies Role[]

/** Stops every connector of the link and waits until none has a task and the source connector's position is final. */
export async function disableLink(mm2: Mm2Link, signal?: AbortSignal): Promise<void> {
  const accepted = new Map<Role, number>()
  await waitUntil(
    async () => {
      const seen = await seeLink(mm2, signal)
      for (const role of stopOrder) {
        const one = seen[role]
        if (!one) continue
        const at = accepted.get(role)
        if (at !== undefined && !(namesTaskInVain(one) && Date.now() - at > STALE_AFTER_MS)) continue
        // Also when it reads STOPPED: the state may be older than the last resume, and stopping twice changes nothing but
        // that Connect rebalances, and forgets what it still says of tasks that are no more.
        await mm2.connect.stop(one.connector.name, signal)
        accepted.set(role, Date.now())
      }
      const on = stopOrder.flatMap((role) => stillOn(seen, role))
      if (on.length > 0) return on.join('; ')
      return await beyondBarrier(mm2, seen, signal)
    },
    {
      what: `${mm2.label}: stopping the connectors`,
      next: `Check the log of the Connect worker; a task that ignores its stop ends with the worker.`,
      withinMs: STOP_WITHIN_MS,
      signal,
    },
  )
}

/** Is the link off? The source connector decides; a checkpoint connector that works still writes group offsets. */
export function probeLinkDisabled(mm2: Mm2Link, signal?: AbortSignal): Promise<{ disabled: boolean; detail: string }> {
  return settled(async () => {
    const seen = await seeLink(mm2, signal)
    const on = [
      ...stillOn(seen, 'source'),
      ...stillOn(seen, 'checkpoint'),
      // A wrong name in switchback.yaml must not pass for a link that is off.
      ...strangersOn(mm2, seen),
    ]
    const open = on.length > 0 ? on.join('; ') : await beyondBarrier(mm2, seen, signal)
    if (open !== null) return { disabled: false, detail: `${mm2.label} is not disabled: ${open}` }
    const names = (['source', 'checkpoint'] as const)
      .map((role) => offText(mm2, seen, role))
      .filter((text) => text !== null)
    return { disabled: true, detail: `${mm2.label} is disabled: ${names.join('; ')}` }
  }, signal)
}

/**
 * Connect reports STOPPED while a task still runs. Reading the positions queues behind it, so an answer means it has
 * ended and the position is final. Null: so it is. (With several workers this holds for the worker that is asked.)
 */
async function beyondBarrier(mm2: Mm2Link, seen: LinkSeen, signal?: AbortSignal): Promise<string | null> {
  if (!seen.source) return null
  await mm2.connect.offsets(seen.source.connector.name, signal)
  const after = await seeLink(mm2, signal)
  const on = stillOn(after, 'source')
  return on.length === 0 ? null : on.join('; ')
}

function stillOn(seen: LinkSeen, role: Role): string[] {
  const one = seen[role]
  if (!one || isStopped(one)) return []
  return [namesTaskInVain(one) ? `${stateText(one)} (${staleHint})` : stateText(one)]
}

/**
 * Connect's status names a task that its configuration does not have any more: the task has not ended yet, or its last word
 * was lost, as with a broker of the target, and Connect keeps the one before until it rebalances.
 */
function namesTaskInVain({ connector, status }: Seen): boolean {
  return status?.connector.state === 'STOPPED' && connector.taskIds.length === 0 && status.tasks.length > 0
}

const staleHint =
  'no task is configured any more: it has not ended yet, or Connect keeps its last word. If this stays, stop the connector once more, or restart its worker'

function offText({ link }: Mm2Link, seen: LinkSeen, role: 'source' | 'checkpoint'): string | null {
  const one = seen[role]
  if (one) return stateText(one)
  const name = link[role]?.name
  return name === undefined ? null : `${name}: absent`
}
