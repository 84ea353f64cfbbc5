import { defaultPayloadConverter, type LoadedDataConverter, type Payload, type PayloadCodec } from '@temporalio/common'

/** What Temporal's service answers in its own form, beside the calls of the client that decode by themselves. */
type Codecs = Pick<LoadedDataConverter, 'payloadCodecs'>

/** Throws for what cannot be decoded. */
export async function readPayload({ payloadCodecs }: Codecs, payload: Payload): Promise<unknown> {
  return defaultPayloadConverter.fromPayload(await decoded({ payloadCodecs }, payload))
}

/** What a payload is once every codec has had it: `json/plain` where it can be read. */
export async function encodingAfter(codecs: Codecs, payload: Payload): Promise<string> {
  const { metadata } = await decoded(codecs, payload)
  return Buffer.from(metadata?.['encoding'] ?? []).toString()
}

async function decoded({ payloadCodecs }: Codecs, payload: Payload): Promise<Payload> {
  const [first = payload] = await throughCodecs(payloadCodecs, 'decode', [payload])
  return first
}

/** Through every codec, on the way to Temporal or back. */
export async function throughCodecs(
  codecs: readonly PayloadCodec[],
  direction: 'encode' | 'decode',
  payloads: Payload[],
): Promise<Payload[]> {
  let through = payloads
  for (const codec of direction === 'encode' ? codecs : codecs.toReversed()) through = await codec[direction](through)
  return through
}

/** The message of a failure, also where it is a payload itself; the server's placeholder where nobody can read it. */
export async function readFailure(
  codecs: Codecs,
  failure: { message?: string | null; encodedAttributes?: Payload | null } | null | undefined,
): Promise<string | undefined> {
  const shown = failure?.message ?? undefined
  if (failure?.encodedAttributes == null) return shown
  const attributes = await readPayload(codecs, failure.encodedAttributes).catch(() => null)
  const said = typeof attributes === 'object' && attributes !== null && 'message' in attributes && attributes.message
  return typeof said === 'string' ? said : shown
}
