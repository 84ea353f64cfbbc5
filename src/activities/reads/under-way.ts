import { activityInfo } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { LoadedDataConverter, Payload } from '@temporalio/common'
import type { UnderWay } from '../../contract/activities.ts'
import { memberOf } from '../../domain/dossier/dossier.ts'
import { readFailure, readPayload } from '../../payloads/read.ts'

/** Temporal answers within milliseconds, ms. */
const deadlineMs = 8_000
/** Of each text, in characters: a question is read by a person. */
const longestText = 1_500

/**
 * What the run that asks has under way besides this: Temporal keeps the attempts and the last heartbeat, and puts neither into the
 * history until the activity ends.
 */
export async function underWay(client: Client): Promise<UnderWay[]> {
  const { workflowExecution, activityId } = activityInfo()
  if (workflowExecution === undefined) return []
  const { workflowId, runId } = workflowExecution
  const described = await client.withDeadline(Date.now() + deadlineMs, () =>
    client.workflow.getHandle(workflowId, runId).describe(),
  )
  const codecs = client.options.loadedDataConverter
  const others = (described.raw.pendingActivities ?? []).filter((pending) => pending.activityId !== activityId)
  return Promise.all(
    others.map(async (pending) => {
      const beat = await decoded(codecs, pending.heartbeatDetails?.payloads?.[0])
      const failed = (await readFailure(codecs, pending.lastFailure)) ?? textOf(beat, 'failed')
      return {
        activity: pending.activityType?.name ?? '',
        attempt: pending.attempt ?? 1,
        ...some('doing', textOf(beat, 'doing')),
        ...some('failed', failed === undefined ? undefined : failed.slice(0, longestText)),
        ...some('seen', textOf(beat, 'seen')),
        ...some('due', numberOf(beat, 'due')),
        ...some('done', numberOf(beat, 'copied')),
      }
    }),
  )
}

async function decoded(codecs: LoadedDataConverter, payload: Payload | null | undefined): Promise<unknown> {
  if (payload == null) return undefined
  try {
    return await readPayload(codecs, payload)
  } catch {
    // Of a codec that this process has not: what is asked then names no cause.
    return undefined
  }
}

function some<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value })
}

function textOf(beat: unknown, key: string): string | undefined {
  const value = memberOf(beat, key)
  return typeof value === 'string' ? value.slice(0, longestText) : undefined
}

function numberOf(beat: unknown, key: string): number | undefined {
  const value = memberOf(beat, key)
  return typeof value === 'number' ? value : undefined
}
