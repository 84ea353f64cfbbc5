import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'

const { Payload: PayloadMessage } = proto.temporal.api.common.v1

/** Bytes. What is smaller stays readable in Temporal's UI; Temporal warns of 256 KB and refuses 2 MB. */
export const compressedFrom = 128 * 1024
/** Bytes that a payload may have when it is read: whoever can write to Temporal must not fill a worker's memory. */
const mostBytes = 64 * 1024 * 1024
/** As Temporal's own codec for Go names it, so that its codec server reads what is written here. */
const zlibEncoding = 'binary/zlib'

const [deflated, inflated] = [promisify(deflate), promisify(inflate)]

/**
 * Compresses large payloads on their way to Temporal: what a pair of a thousand topics hands on is a list of offsets. Anything that
 * is not compressed is read as it is, so histories of earlier builds are; what cannot be read is left to the payload converter,
 * which says so.
 */
export const compressing: PayloadCodec = {
  encode: (payloads) => Promise.all(payloads.map(compressed)),
  decode: (payloads) => Promise.all(payloads.map(decompressed)),
}

async function compressed(payload: Payload): Promise<Payload> {
  if ((payload.data?.length ?? 0) < compressedFrom) return payload
  const data = await deflated(PayloadMessage.encode(payload).finish())
  return { metadata: { encoding: Buffer.from(zlibEncoding) }, data }
}

async function decompressed(payload: Payload): Promise<Payload> {
  const { metadata, data } = payload
  if (data == null || Buffer.from(metadata?.['encoding'] ?? []).toString() !== zlibEncoding) return payload
  try {
    return PayloadMessage.decode(await inflated(data, { maxOutputLength: mostBytes }))
  } catch {
    return payload
  }
}
