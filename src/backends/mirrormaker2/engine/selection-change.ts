import {
  matchesSelection,
  nothingSelected,
  selectionEntries,
  SelectionError,
  selectionMatcher,
} from '../../../domain/names/selection.ts'
import { precondition } from '../../../ports/failures.ts'
import type { Assignment } from '../connect/answers.ts'
import { dangers } from './guards.ts'
import { copiedAnyway } from './own-topics.ts'
import { isRunning, isStopped, seeLink, stateText, type Mm2Link, type Seen } from './link.ts'
import { settled, waitUntil } from './polling.ts'
import { exactTopic, widened } from './widening.ts'

/** How long the tasks may take to follow a selection, in ms: 0.6 to 2 s as a rule, some minutes when the source is dead. */
const FOLLOW_WITHIN_MS = 240_000
/** After so long, in ms, a selected topic that no task has is taken for one that does not exist, when others have come. */
const APPEAR_WITHIN_MS = 15_000
/** The tasks must be the right ones for so long, in ms: Connect still reports the old ones as RUNNING for some 0.2 s, and a stopped connector as UNASSIGNED for 0.4 s. */
const STEADY_MS = 750

/** Writes the link's `topics`, on the checkpoint connector first where it grows, and waits until the tasks follow. */
export async function changeSelection(
  mm2: Mm2Link,
  text: string,
  expected: string | null,
  signal?: AbortSignal,
): Promise<void> {
  refuseUnjudgeable(mm2, text)
  let before = ''
  await settled(async () => {
    const { source, checkpoint } = await seeLink(mm2, signal)
    before = refuseUnexpected(mm2, source, text, expected)
    if (checkpoint) refuseDangers(mm2, checkpoint)
    await widenCheckpoint(mm2, checkpoint, text, signal)
    if (before !== text && source) await putTopics(mm2, source, text, signal)
  }, signal)
  await tasksFollow(mm2, text, before === text ? (expected ?? '') : before, signal)
}

/** An entry Connect cannot compile would be accepted, and the connector would fail. */
function refuseUnjudgeable({ label }: Mm2Link, text: string): void {
  try {
    matchesSelection(text, '')
  } catch (error) {
    if (error instanceof SelectionError) throw precondition(`${label}: the selection stays as it is. ${error.message}`)
    throw error
  }
}

/** The live text, when it may be replaced or is the wanted one already. */
function refuseUnexpected(mm2: Mm2Link, source: Seen | null, text: string, expected: string | null): string {
  const { label, link } = mm2
  if (!source)
    throw precondition(
      `${label}: connector ${link.source.name} does not exist on ${mm2.connect.address}, so nothing can be selected. Enable the link first`,
    )
  refuseDangers(mm2, source)
  const live = source.connector.config['topics'] ?? ''
  if (live !== text && live !== expected)
    throw precondition(
      `${label}: somebody changed the selection of connector ${source.connector.name}. Expected "${expected ?? '(none)'}", found "${live}". Nothing was changed: find out who did it, then retry`,
    )
  if (source.status?.connector.state === 'PAUSED')
    throw precondition(
      `${label}: connector ${source.connector.name} is paused, and its tasks would keep the old selection until it resumes. Resume or stop it, then retry`,
    )
  return live
}

function refuseDangers(mm2: Mm2Link, seen: Seen): void {
  const against = dangers(mm2, seen)
  if (against.length > 0)
    throw precondition(
      `${mm2.label}: the selection stays as it is: ${against.join('; ')}. Fix the connector's settings, then retry`,
    )
}

async function putTopics(mm2: Mm2Link, { connector }: Seen, topics: string, signal?: AbortSignal): Promise<void> {
  // The whole configuration is replaced by what is sent: everything but `topics` goes back as it came.
  await mm2.connect.putConfig(connector.name, { ...connector.config, topics }, signal)
}

/** Never narrowed: groups that are not placed yet still need their offsets translated. Absent topics: it translates all. */
async function widenCheckpoint(
  mm2: Mm2Link,
  checkpoint: Seen | null,
  text: string,
  signal?: AbortSignal,
): Promise<void> {
  const live = checkpoint?.connector.config['topics']
  if (!checkpoint || live === undefined) return
  const wide = widened(live, text)
  if (wide !== live) await putTopics(mm2, checkpoint, wide, signal)
}

/** Waits for the assignment, not for RUNNING: that is reported while the old tasks work. */
async function tasksFollow(mm2: Mm2Link, text: string, before: string, signal?: AbortSignal): Promise<void> {
  const old = new Set(selectionEntries(before))
  const added = selectionEntries(text)
    .filter((entry) => entry !== nothingSelected && !old.has(entry))
    .map(exactTopic)
  const expectedTopics = added.filter((topic) => topic !== null)
  const was = selectionMatcher(before)
  const is = selectionMatcher(text)
  const start = Date.now()
  const look = async () => {
    const { source } = await seeLink(mm2, signal)
    if (!source) return `${mm2.link.source.name}: absent`
    // A stopped connector has no tasks; the text takes effect when it resumes.
    if (isStopped(source)) return null
    const assigned = (await mm2.connect.assignments(source.connector.name, signal)) ?? []
    // Others' topics are not waited for: what neither text selects is there by another's change, or by MirrorMaker's own.
    const taken = (topic: string) => was(topic) && !is(topic) && !copiedAnyway(source.connector, topic)
    const open = notFollowed(assigned, taken, expectedTopics, Date.now() - start)
    if (open !== null) return `${open} (${stateText(source)})`
    if (!isRunning(source)) return stateText(source)
    // Queues behind the tasks that are being stopped.
    await mm2.connect.offsets(source.connector.name, signal)
    return null
  }
  let goodSince: number | undefined
  await waitUntil(
    async () => {
      const open = await look()
      goodSince = open === null ? (goodSince ?? Date.now()) : undefined
      if (goodSince === undefined) return open
      return Date.now() - goodSince >= STEADY_MS ? null : 'the new tasks, for a moment'
    },
    {
      what: `${mm2.label}: the tasks of the new selection`,
      heard: 'Connect has taken the selection',
      next: `Does ${mm2.link.from} answer the Connect worker, do the topics exist there, and does topics.exclude leave them?`,
      withinMs: FOLLOW_WITHIN_MS,
      signal,
    },
  )
}

function notFollowed(
  assigned: Assignment[],
  taken: (topic: string) => boolean,
  added: string[],
  elapsedMs: number,
): string | null {
  const topics = new Set(assigned.map(([topic]) => topic))
  const kept = [...topics].filter(taken)
  if (kept.length > 0) return `still assigned: ${some(kept)}`
  const absent = added.filter((topic) => !topics.has(topic))
  if (absent.length === 0) return null
  if (elapsedMs > APPEAR_WITHIN_MS && absent.length < added.length) return null
  return `not assigned yet: ${some(absent)}`
}

function some(topics: string[]): string {
  return topics.length > 5 ? `${topics.slice(0, 5).join(', ')} and ${topics.length - 5} more` : topics.join(', ')
}
