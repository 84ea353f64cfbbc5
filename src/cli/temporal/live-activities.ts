import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { readFailure, readPayload } from '../../payloads/read.ts'
import { messageOf } from '../message-of.ts'
import type { LiveActivity } from '../render/live.ts'

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]

/** The activities a run has under way, with their last heartbeat: live numbers do not travel in the history. */
export function liveActivities(client: Client, { raw }: WorkflowExecutionDescription): Promise<LiveActivity[]> {
  return Promise.all((raw.pendingActivities ?? []).map((pending) => toLive(client, pending)))
}

async function toLive(client: Client, pending: Pending): Promise<LiveActivity> {
  const failure = await readFailure(client.options.loadedDataConverter, pending.lastFailure)
  const seconds = pending.lastHeartbeatTime?.seconds
  return {
    activity: pending.activityType?.name ?? 'an activity',
    attempt: pending.attempt ?? 1,
    details: await decode(client, pending.heartbeatDetails?.payloads?.[0]),
    ...(seconds ? { heartbeatAt: new Date(Number(seconds) * 1000).toISOString() } : {}),
    ...(failure ? { lastFailure: messageOf(failure) } : {}),
  }
}

async function decode(client: Client, payload: Payload | undefined): Promise<unknown> {
  if (payload === undefined) return undefined
  try {
    return await readPayload(client.options.loadedDataConverter, payload)
  } catch (error) {
    // Encrypted by a codec this command has not: said, since the rest of the view is still right.
    return { detail: `live numbers cannot be read here (${messageOf(error)})` }
  }
}
