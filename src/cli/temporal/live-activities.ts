import type { WorkflowExecutionDescription } from '@temporalio/client'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import { messageOf } from '../message-of.ts'
import type { LiveActivity } from '../render/live.ts'

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]

/** The activities a run has under way, with their last heartbeat: live numbers do not travel in the history. */
export function liveActivities(description: WorkflowExecutionDescription): LiveActivity[] {
  return (description.raw.pendingActivities ?? []).map(toLive)
}

function toLive(pending: Pending): LiveActivity {
  const failure = pending.lastFailure?.message
  const seconds = pending.lastHeartbeatTime?.seconds
  return {
    activity: pending.activityType?.name ?? 'an activity',
    attempt: pending.attempt ?? 1,
    details: decode(pending.heartbeatDetails?.payloads?.[0]),
    ...(seconds ? { heartbeatAt: new Date(Number(seconds) * 1000).toISOString() } : {}),
    ...(failure ? { lastFailure: messageOf(failure) } : {}),
  }
}

function decode(payload: Payload | undefined): unknown {
  if (payload === undefined) return undefined
  try {
    return defaultPayloadConverter.fromPayload(payload)
  } catch (error) {
    // Encrypted by a codec this command has not: said, since the rest of the view is still right.
    return { detail: `live numbers cannot be read here (${messageOf(error)})` }
  }
}
