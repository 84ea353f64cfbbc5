import { notYet, precondition } from '../../ports/failures.ts'
import { tellSeen } from '../../ports/seen.ts'
import { pause } from '../../adapters/kafka/net/abort.ts'
import { hasFailed, inProgress, operationText, type Instance } from './instance.ts'
import { transformOptions } from './transforms.ts'
import { see, type EventStreamsLink, type Seen } from './link.ts'

/** An order shows in the instance within so long, in ms, or it is not waited for: the probe decides in any case. */
const SHOWN_WITHIN_MS = 60_000
/** Between two looks for it, in ms, unless the link's own interval is shorter. */
const SHOWN_POLL_MS = 5_000

/**
 * Orders the mirroring from the target. What it carries is chosen afterwards, by the selection. Returns when the order is
 * taken: the operation itself takes up to two hours.
 */
export function enableLink(es: EventStreamsLink, signal?: AbortSignal): Promise<void> {
  return order(es, signal, {
    what: 'enabled',
    reached: ({ includes }) => includes !== null,
    parameters: {
      mirroring: {
        source_crn: es.source.crn,
        source_alias: es.link.from,
        target_alias: es.link.to,
        ...transformOptions(es.link),
      },
    },
  })
}

/** Orders the end of the mirroring, as above. Never the cancel of an operation: that one removes the instance. */
export function disableLink(es: EventStreamsLink, signal?: AbortSignal): Promise<void> {
  return order(es, signal, {
    what: 'disabled',
    reached: ({ includes }) => includes === null,
    parameters: { mirroring: { disable: true } },
  })
}

interface Order {
  what: 'enabled' | 'disabled'
  reached(seen: Seen): boolean
  parameters: Record<string, unknown>
}

/** Looks first: one that is there, or under way, is not ordered again. */
async function order(es: EventStreamsLink, signal: AbortSignal | undefined, wish: Order): Promise<void> {
  const seen = await settled(es, wish, signal)
  const { instance } = seen
  // Of two operations at once nobody knows which one wins: this one waits for its turn, and the run looks again.
  if (inProgress(instance)) return
  // Where the last operation failed the witnesses differ: another one lets them agree.
  if (wish.reached(seen) && !hasFailed(instance)) return
  refuse(es, instance, wish)
  const answer = await es.instances.update(es.link.to, es.target, withCapacity(wish.parameters, instance), signal)
  // Refused for now: mostly since an order of ours, whose answer was lost, is under way. The instance tells.
  if (!answer.taken) {
    const { instance: now } = await see(es, signal)
    if (inProgress(now)) return
    throw notYet(
      `${es.label} is not ${wish.what} yet: ${answer.busy} ${operationText(now)}. Nothing was changed; the run checks again`,
    )
  }
  await shown(es, instance, wish, signal)
}

/** A target that is as it is to be although the last operation failed is looked at twice: the failure may be an older order's. */
async function settled(es: EventStreamsLink, wish: Order, signal: AbortSignal | undefined): Promise<Seen> {
  const seen = await see(es, signal)
  if (!wish.reached(seen) || !hasFailed(seen.instance)) return seen
  await pause(Math.min(SHOWN_POLL_MS, es.link.pollMs), signal)
  return see(es, signal)
}

function refuse(es: EventStreamsLink, instance: Instance, { what }: Order): void {
  const { to } = es.link
  if (instance.locked)
    throw precondition(
      `${es.label} is not ${what}: the instance of ${to} is locked against updates. Nothing was changed. Unlock it (ibmcloud resource service-instance-unlock), then retry`,
    )
  if (instance.state !== 'active')
    throw precondition(
      `${es.label} is not ${what}: the instance of ${to} is ${instance.state}, not active (${operationText(instance)}). Nothing was changed. Fix the instance, then retry`,
    )
}

/** Left out, a throughput above the default could be read as the wish to scale down. */
function withCapacity(parameters: Record<string, unknown>, { throughput }: Instance): Record<string, unknown> {
  return throughput === null ? parameters : { ...parameters, throughput }
}

/**
 * Waits until the instance shows another operation than before: until then its `succeeded`, or `failed`, is that of an
 * older order.
 */
async function shown(
  es: EventStreamsLink,
  before: Instance,
  wish: Order,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = Date.now() + SHOWN_WITHIN_MS
  while (Date.now() < end) {
    const seen = await see(es, signal)
    if (wish.reached(seen) || seen.instance.operation?.stamp !== before.operation?.stamp) return
    tellSeen(`the order is taken, and the instance does not show it yet: ${operationText(seen.instance)}`, end)
    await pause(Math.min(SHOWN_POLL_MS, es.link.pollMs), signal)
  }
}
