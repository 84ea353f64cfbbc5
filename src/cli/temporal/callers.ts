import type { LoadedDataConverter, Payload } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import { readPayload } from '../../payloads/read.ts'
import type { Temporal } from './connect.ts'

type HistoryEvent = temporal.api.history.v1.IHistoryEvent

/** Who called, as Temporal has it in the history of a run. */
export interface Caller {
  at: string
  /** `start`, `update approve`, `signal ticketCompleted`, `cancel`, … */
  what: string
  /** What the message says of its sender: free text. */
  by: string | null
  /** What the client calls itself: free text too, by default process and host. */
  identity: string | null
  /** Whom Temporal's authorizer has recognized. Null: the server does not tell. */
  principal: string | null
}

/** A run has some hundreds of events; so many pages of a thousand are enough for the longest. */
const mostPages = 50

/** Every call of a run, oldest first. Needs no worker. */
export async function callersOf({ client, connection, namespace }: Temporal, workflowId: string): Promise<Caller[]> {
  const callers: Caller[] = []
  let nextPageToken: Uint8Array | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId },
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    })
    for (const event of answer.history?.events ?? []) {
      const caller = await callerOf(client.options.loadedDataConverter, event)
      if (caller !== null) callers.push(caller)
    }
    if (!answer.nextPageToken || answer.nextPageToken.length === 0) break
    nextPageToken = answer.nextPageToken
  }
  return callers
}

/** Null: nobody outside has caused the event. */
export async function callerOf(
  converter: Pick<LoadedDataConverter, 'payloadCodecs'>,
  event: HistoryEvent,
): Promise<Caller | null> {
  const call = callIn(event)
  if (call === null) return null
  const { what, identity, payload } = call
  const { type, name } = event.principal ?? {}
  return {
    at: timeOf(event),
    what,
    by: payload ? await saidBy(converter, payload) : null,
    identity: identity || null,
    principal: name ? `${type ? `${type} ` : ''}${name}` : null,
  }
}

interface Call {
  what: string
  identity: string | null | undefined
  payload?: Payload | null | undefined
}

function callIn(event: HistoryEvent): Call | null {
  const started = event.workflowExecutionStartedEventAttributes
  if (started) return { what: 'start', identity: started.identity, payload: started.input?.payloads?.[0] }
  const signaled = event.workflowExecutionSignaledEventAttributes
  if (signaled)
    return {
      what: `signal ${signaled.signalName}`,
      identity: signaled.identity,
      payload: signaled.input?.payloads?.[0],
    }
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest
  if (request)
    return {
      what: `update ${request.input?.name}`,
      identity: request.meta?.identity,
      payload: request.input?.args?.payloads?.[0],
    }
  const cancelled = event.workflowExecutionCancelRequestedEventAttributes
  if (cancelled) return { what: 'cancel', identity: cancelled.identity }
  const terminated = event.workflowExecutionTerminatedEventAttributes
  return terminated ? { what: 'terminate', identity: terminated.identity } : null
}

/** Whatever of a message names its sender; null where it cannot be read. */
async function saidBy(converter: Pick<LoadedDataConverter, 'payloadCodecs'>, payload: Payload): Promise<string | null> {
  const said: unknown = await readPayload(converter, payload).catch(() => null)
  if (typeof said !== 'object' || said === null) return null
  for (const key of ['by', 'requestedBy', 'approvedBy', 'completedBy']) {
    const value: unknown = (said as Record<string, unknown>)[key]
    if (typeof value === 'string') return value.slice(0, 200)
  }
  return null
}

function timeOf({ eventTime }: HistoryEvent): string {
  return new Date(Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1e6)).toISOString()
}
