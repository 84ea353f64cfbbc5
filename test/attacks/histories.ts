import type { Client } from '@temporalio/client'
import type { Payload } from '@temporalio/common'
import { pairWorkflowId } from '../../src/contract/names.ts'
import type { LagPoint } from '../../src/contract/watch.ts'
import { compressing } from '../../src/payloads/compress.ts'

/** Every word of the histories of these workflows, of all without an id, as whoever may read the namespace gets them. */
export async function historiesOf(client: Client, workflowId?: string): Promise<string[]> {
  const ids: string[] = []
  if (workflowId === undefined) for await (const { workflowId: id } of client.workflow.list()) ids.push(id)
  else ids.push(workflowId)
  const texts: string[] = []
  for (const id of ids) {
    const history = await client.workflow.getHandle(id).fetchHistory()
    texts.push(await wordsOf(history))
  }
  return texts
}

async function wordsOf(value: unknown): Promise<string> {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (isPayload(value)) {
    const [decoded] = await compressing.decode([value])
    return `${Buffer.from(decoded?.data ?? []).toString()} `
  }
  if (typeof value === 'string') return `${value} `
  if (typeof value !== 'object' || value === null) return ''
  const words: string[] = []
  for (const each of Object.values(value)) words.push(await wordsOf(each))
  return words.join('')
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'data' in value
}

/** What a pair's watch tells of its last look, in its heartbeat. */
export async function lastLook(client: Client, pair: string): Promise<LagPoint | undefined> {
  const { raw } = await client.workflow.getHandle(pairWorkflowId(pair)).describe()
  const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchLink')
  const [payload] = await compressing.decode(watch?.heartbeatDetails?.payloads ?? [])
  if (payload?.data == null) return undefined
  return (JSON.parse(Buffer.from(payload.data).toString()) as { points: LagPoint[] }).points.at(-1)
}
