import { precondition } from '../../../ports/failures.ts'
import { settingsForCreation } from './connector-settings.ts'
import { dangers, selectsSomething } from './guards.ts'
import { configured, isRunning, roles, seeLink, stateText, type LinkSeen, type Mm2Link, type Role } from './link.ts'
import { settled, waitUntil } from './polling.ts'

/** How long a connector may take until it runs, in ms: 0.2 to 2 s as a rule, a minute when its source is slow to answer. */
const RUN_WITHIN_MS = 90_000
/** A running source connector gets its tasks 1 s later; after so long without any, in ms, there is nothing to mirror yet. */
const TASKS_WITHIN_MS = 10_000

/** A resume is sent again when the connector still does not start, in ms: changing the settings of a stopped one hides its state for 0.4 s. */
const RESUME_AGAIN_MS = 5_000

/**
 * Creates what is missing (selecting nothing), resumes what is stopped or paused, restarts what failed, and waits until
 * it runs. The position stays with the connector's name.
 */
export async function enableLink(mm2: Mm2Link, signal?: AbortSignal): Promise<void> {
  const wanted = roles.filter((role) => configured(mm2.link, role) !== undefined)
  const begunAt = new Map<Role, number>()
  const start = Date.now()
  await waitUntil(
    async () => {
      for (const role of wanted) {
        if (Date.now() - (begunAt.get(role) ?? 0) < RESUME_AGAIN_MS) continue
        await settled(async () => begin(mm2, role, await seeLink(mm2, signal), signal), signal)
        begunAt.set(role, Date.now())
      }
      const seen = await seeLink(mm2, signal)
      const waiting = wanted.flatMap((role) => notRunning(mm2, seen, role))
      if (waiting.length > 0) return waiting.join('; ')
      const { source } = seen
      const idle = source?.connector.taskIds.length === 0 && selectsSomething(source.connector.config['topics'])
      return idle && Date.now() - start < TASKS_WITHIN_MS ? 'the source connector has no task yet' : null
    },
    {
      what: `${mm2.label}: starting the connectors`,
      next: `Does ${mm2.link.from} answer the Connect worker? Its log has the details.`,
      withinMs: RUN_WITHIN_MS,
      signal,
    },
  )
}

/** Looks first: a repetition after a lost answer finds what the first one did. */
async function begin(mm2: Mm2Link, role: Role, seen: LinkSeen, signal: AbortSignal | undefined): Promise<void> {
  const one = seen[role]
  if (!one) {
    const name = configured(mm2.link, role)?.name
    // The checkpoint connector translates what the source connector mirrors: it selects the same from its first day.
    const topics = role === 'checkpoint' ? seen.source?.connector.config['topics'] : undefined
    if (name !== undefined) await mm2.connect.create(name, settingsForCreation(mm2, role, topics), signal)
    return
  }
  const against = dangers(mm2, one)
  if (against.length > 0)
    throw precondition(
      `${mm2.label} is not enabled: ${against.join('; ')}. Fix the connector's settings on ${mm2.connect.address}, then retry`,
    )
  if (isRunning(one)) return
  const failed = one.status?.connector.state === 'FAILED' || one.status?.tasks.some((task) => task.state === 'FAILED')
  if (failed) await mm2.connect.restartFailed(one.connector.name, signal)
  // Changes nothing on one that is about to run; a state that was read may be older than the last stop.
  else await mm2.connect.resume(one.connector.name, signal)
}

function notRunning({ link }: Mm2Link, seen: LinkSeen, role: Role): string[] {
  const one = seen[role]
  if (!one) return [`${configured(link, role)?.name ?? role}: absent`]
  return isRunning(one) ? [] : [stateText(one)]
}
