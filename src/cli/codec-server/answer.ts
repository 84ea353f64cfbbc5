import type { Payload, PayloadCodec } from '@temporalio/common'
import * as z from 'zod'
import { throughCodecs } from '../../payloads/read.ts'

const base64 = z.base64()
const wanted = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).default({}), data: base64.default('') }))
    .default([]),
})

export type Direction = 'encode' | 'decode'

/** What Temporal's UI and command send and want back: payloads as JSON of their protobuf form. Throws a sentence for anything else. */
export async function answerOf(codecs: PayloadCodec[], direction: Direction, body: string): Promise<string> {
  const payloads = await throughCodecs(codecs, direction, read(body))
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, bytes]) => [name, text(bytes)])),
      data: text(data ?? new Uint8Array()),
    })),
  })
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const bytesOf = (encoded: string): Uint8Array => Buffer.from(encoded, 'base64')

function read(body: string): Payload[] {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw new Error('The body is no JSON.')
  }
  const parsed = wanted.safeParse(json)
  if (!parsed.success) throw new Error('Send {"payloads":[{"metadata":{"encoding":"BASE64"},"data":"BASE64"}]}.')
  return parsed.data.payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, bytesOf(value)])),
    data: bytesOf(data),
  }))
}
