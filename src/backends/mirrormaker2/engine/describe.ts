import { grouped } from '../../../domain/text/grouped.ts'
import type { LinkDescription, LinkState } from '../../../ports/mirroring.ts'
import type { Assignment } from '../connect/answers.ts'
import { scrubbed } from '../connect/scrub.ts'
import { copiesAcls, dangers, selectsSomething, unprovable, warnings } from './guards.ts'
import { configured, isRunning, isStopped, type LinkSeen, seeLink, stateText, type Mm2Link, type Seen } from './link.ts'
import { settled } from './polling.ts'
import { wantedSettings, watchedSettings } from './watched-settings.ts'

/**
 * The link as Connect sees it. RUNNING here never means that the source cluster answers: MirrorMaker keeps its tasks
 * running while it is gone. Only moving offsets show that.
 */
export function describeLink(mm2: Mm2Link, signal?: AbortSignal): Promise<LinkDescription> {
  return settled(async () => {
    const seen = await seeLink(mm2, signal)
    const { source, checkpoint, heartbeat } = seen
    const assigned = source && !isStopped(source) ? await mm2.connect.assignments(source.connector.name, signal) : null
    const failedTasks = [source, checkpoint].flatMap((one) => (one ? failures(one) : []))
    const companions = [checkpoint ?? missing(mm2, 'checkpoint'), heartbeat ?? missing(mm2, 'heartbeat')].filter(
      (seen) => seen !== null,
    )
    return {
      state: source ? stateOf(source) : 'absent',
      detail: [
        source ? stateText(source) : `${mm2.link.source.name}: absent`,
        ...companions.map((seen) => (typeof seen === 'string' ? seen : stateText(seen))),
        ...(source ? warnings(source) : []),
      ].join('; '),
      selection: source?.connector.config['topics'] ?? null,
      assigned: byTopic(assigned ?? []),
      runningTasks: source?.status?.tasks.filter(({ state }) => state === 'RUNNING').length ?? 0,
      failedTasks,
      obstacles: [...(source ? obstacles(mm2, source, failedTasks) : []), ...strangersOn(mm2, seen)],
      copiesAcls: source ? copiesAcls(source) : false,
      ...(source ? {} : { creatable: mm2.link.source.config !== undefined }),
      ...(source ? { settings: watchedSettings(seen), wantedSettings: wantedSettings(mm2) } : {}),
    }
  }, signal)
}

/** A connector of this link that Connect does not have, when switchback.yaml names one. */
function missing({ link }: Mm2Link, role: 'checkpoint' | 'heartbeat'): string | null {
  const name = configured(link, role)?.name
  return name === undefined ? null : `${name}: absent`
}

function isOn(seen: Seen): boolean {
  return !isStopped(seen)
}

/** Connectors of other names that mirror topics of the pair the same way, as far as they are not stopped. */
export function strangersOn(mm2: Mm2Link, { strangers, unseenStrangers }: LinkSeen): string[] {
  const on = strangers.filter(isOn)
  const more = Math.max(0, on.length - shownStrangers) + unseenStrangers
  return [
    ...on.slice(0, shownStrangers).map((one) => strangerText(mm2, one)),
    ...(more > 0
      ? [`${more} more connectors from ${mm2.link.from} to ${mm2.link.to} may mirror topics of this pair`]
      : []),
  ]
}

/** More of them help nobody who is on call. */
const shownStrangers = 10

function strangerText({ around }: Mm2Link, { connector }: Seen): string {
  const pair = around?.named.get(connector.name)
  const who = pair === undefined ? 'which switchback.yaml does not name' : `which is of the pair ${pair}`
  const what = around === null ? 'mirrors the same way' : 'mirrors topics of this pair the same way'
  return `connector ${connector.name}, ${who}, ${what} and is not stopped`
}

function stateOf(seen: Seen): LinkState {
  const { status } = seen
  if (!status) return 'starting'
  const { state } = status.connector
  if (state === 'FAILED' || status.tasks.some((task) => task.state === 'FAILED')) return 'failed'
  if (state === 'PAUSED') return 'paused'
  // A task of a stopped connector still copies: the link is not off before it is gone.
  if (state === 'STOPPED') return isStopped(seen) ? 'stopped' : 'running'
  return state === 'RUNNING' ? 'running' : 'starting'
}

function obstacles(mm2: Mm2Link, source: Seen, failedTasks: string[]): string[] {
  const { connector, status } = source
  const found = [...dangers(mm2, source), ...unprovable(source)]
  if (failedTasks.length > 0) found.push(`${failedTasks.length} failed: ${failedTasks.join('; ')}`)
  if (!status) return [...found, `connector ${connector.name} has reported no status yet`]
  if (status.connector.state !== 'RUNNING') return found
  if (connector.taskIds.length === 0 && selectsSomething(connector.config['topics']))
    found.push(
      `connector ${connector.name} is RUNNING without a task: nothing it selects is mirrored. Does ${mm2.link.from} answer it, and do the selected topics exist there?`,
    )
  else if (!isRunning(source) && failedTasks.length === 0)
    found.push(
      `not every task runs, or the status is stale (${stateText(source)}, ${connector.taskIds.length} tasks configured)`,
    )
  return found
}

/** First line of each trace: the rest may quote settings. */
function failures({ connector, status }: Seen): string[] {
  const text = (who: string, trace: string | undefined) =>
    `${connector.name} ${who}: ${trace === undefined ? 'FAILED without a trace' : scrubbed(trace, connector.config)}`
  if (!status) return []
  return [
    ...(status.connector.state === 'FAILED' ? [text('connector', status.connector.trace)] : []),
    ...status.tasks.filter(({ state }) => state === 'FAILED').map(({ id, trace }) => text(`task ${id}`, trace)),
  ]
}

function byTopic(assignments: Assignment[]): { topic: string; partitions: number[] }[] {
  const topics = grouped(
    assignments,
    ([topic]) => topic,
    ([, partition]) => partition,
  )
  return [...topics]
    .map(([topic, partitions]) => ({ topic, partitions: partitions.sort((a, b) => a - b) }))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1))
}
