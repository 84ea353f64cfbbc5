import { readPayload } from '../../payloads/read.ts'
import { startedInput } from '../../payloads/started-input.ts'
import type { Temporal } from './connect.ts'

/** The start input of a run; empty when its history is gone: the options given must do then. Needs no worker. */
export async function startedWith(temporal: Temporal, workflowId: string): Promise<Record<string, unknown>> {
  const payload = await startedInput(temporal, workflowId)
  const input = payload === null ? {} : await readPayload(temporal.client.options.loadedDataConverter, payload)
  return typeof input === 'object' && input !== null ? { ...input } : {}
}
