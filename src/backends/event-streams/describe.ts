import { eachOf } from '../../domain/text/each-of.ts'
import type { LinkDescription, LinkState } from '../../ports/mirroring.ts'
import { hasFailed, inProgress, operationText } from './instance.ts'
import { see, type EventStreamsLink, type Seen } from './link.ts'
import { textOf } from './selection.ts'

/** Requests for a topic each: an instance may have thousands. */
const askedAtOnce = 16

/** The link as its target tells. Whether the source answers shows only in what arrives. */
export async function describeLink(es: EventStreamsLink, signal?: AbortSignal): Promise<LinkDescription> {
  const seen = await see(es, signal)
  const active = seen.includes === null ? [] : ((await es.admin.activeTopics(signal)) ?? [])
  const assigned = await eachOf(active, askedAtOnce, async (name) => {
    // It is not documented whether active topics are reported by the source's name or by that of their copy.
    const topic = es.topicOf(name)
    return { topic, partitions: indexes((await es.admin.partitions(es.copyOf(topic), signal)) ?? 1) }
  })
  const state = stateOf(seen)
  return {
    state,
    detail: detailOf(es, seen, active.length),
    selection: seen.includes === null ? null : textOf(seen.includes, es.link),
    assigned: assigned.sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    runningTasks: active.length,
    failedTasks: state === 'failed' ? [operationText(seen.instance)] : [],
    obstacles: obstaclesOf(es, seen),
    // Access is managed by IAM: there is nothing to copy.
    copiesAcls: false,
  }
}

/**
 * Off only by two witnesses: the target answers that it is no mirroring target, and no operation is under way that could
 * make it one again, or that has failed to end it.
 */
export async function probeLinkDisabled(
  es: EventStreamsLink,
  signal?: AbortSignal,
): Promise<{ disabled: boolean; detail: string; failed?: boolean }> {
  const seen = await see(es, signal)
  const disabled = seen.includes === null && !inProgress(seen.instance) && !hasFailed(seen.instance)
  const text = `${es.label} is ${disabled ? '' : 'not '}disabled: ${detailOf(es, seen)}`
  return { disabled, detail: text, ...(hasFailed(seen.instance) ? { failed: true } : {}) }
}

function stateOf({ instance, includes }: Seen): LinkState {
  if (hasFailed(instance)) return 'failed'
  if (inProgress(instance)) return 'starting'
  return includes === null ? 'absent' : 'running'
}

function detailOf(es: EventStreamsLink, { instance, includes }: Seen, active?: number): string {
  const probe =
    includes === null
      ? `${es.link.to} answers that it is no mirroring target`
      : `${es.link.to} answers with its selection${active === undefined ? '' : `, ${active} topics active`}`
  return [probe, `instance ${instance.state}${instance.locked ? ', locked' : ''}`, operationText(instance)].join('; ')
}

function obstaclesOf(es: EventStreamsLink, { instance, includes }: Seen): string[] {
  if (includes === null) return []
  return instance.state === 'active'
    ? []
    : [`the instance of ${es.link.to} is ${instance.state}, not active: its mirroring proves nothing`]
}

/** A topic that is active has one partition at least, also before its copy can be seen. */
function indexes(count: number): number[] {
  return Array.from({ length: Math.max(1, count) }, (_, index) => index)
}
