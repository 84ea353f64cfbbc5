import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import type { PayloadKey } from './keys.ts'

const { Payload: PayloadMessage } = proto.temporal.api.common.v1

const encoding = 'binary/encrypted'
const keyIdName = 'encryption-key-id'
const algorithm = 'aes-256-gcm'
/** Bytes: what GCM wants, and where each part of `data` lies: nonce, cipher text, tag. */
const [nonceBytes, tagBytes] = [12, 16]

/**
 * Encrypts every payload with AES-256-GCM. The form is that of Temporal's own samples (`binary/encrypted`, the whole payload inside,
 * the key's id beside it), so that other tools of a team read it. What is not encrypted is read as it is: histories from before are.
 * What cannot be decrypted stays as it is, and the payload converter names its encoding.
 */
export function encrypting([first, ...others]: [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  const keys = new Map([first, ...others].map(({ id, bytes }) => [id, bytes]))
  return {
    encode: async (payloads) => payloads.map((payload) => encrypted(payload, first)),
    decode: async (payloads) => payloads.map((payload) => decrypted(payload, keys)),
  }
}

function encrypted(payload: Payload, { id, bytes }: PayloadKey): Payload {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, bytes, nonce)
  const text = Buffer.concat([cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()])
  return {
    metadata: { encoding: Buffer.from(encoding), [keyIdName]: Buffer.from(id) },
    data: Buffer.concat([nonce, text, cipher.getAuthTag()]),
  }
}

function decrypted(payload: Payload, keys: ReadonlyMap<string, Uint8Array>): Payload {
  const { metadata, data } = payload
  const named = (name: string): string => Buffer.from(metadata?.[name] ?? []).toString()
  if (data == null || named('encoding') !== encoding) return payload
  const key = keys.get(named(keyIdName))
  if (key === undefined || data.length < nonceBytes + tagBytes) return payload
  try {
    const decipher = createDecipheriv(algorithm, key, data.subarray(0, nonceBytes), { authTagLength: tagBytes })
    decipher.setAuthTag(data.subarray(data.length - tagBytes))
    const clear = [decipher.update(data.subarray(nonceBytes, data.length - tagBytes)), decipher.final()]
    return PayloadMessage.decode(Buffer.concat(clear))
  } catch {
    return payload
  }
}
