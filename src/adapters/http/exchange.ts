import * as http from 'node:http'
import * as https from 'node:https'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

export interface Exchange {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH'
  url: URL
  headers: Record<string, string>
  /** JSON text. */
  body?: string | undefined
  /** `user:password`. */
  auth?: string | undefined
  /** Authorities, client certificate, name of the server; only for https. */
  tls?: https.RequestOptions | undefined
  /** Milliseconds for all of it, the body of the answer included. */
  timeoutMs: number
  signal?: AbortSignal | undefined
  /** Bytes that the body of the answer may have, decompressed. */
  most: number
}

export type Exchanged =
  | { outcome: 'answered'; status: number; headers: http.IncomingHttpHeaders; text: string }
  | {
      outcome: 'failed'
      /** No connection was ever made: the request did not leave this machine. */
      sent: boolean
      /** Node's or OpenSSL's code; '' when there is none. */
      code: string
      /** For a sentence: `no answer within 5 s`, `the answer is larger than 1 MB`. */
      reason: string
    }

/**
 * One exchange over HTTP on a connection of its own: an idle one that the other side is just closing would lose a POST, with its
 * outcome unknown. No retries, redirects are answers. Whatever the other side sends ends within the time and the size given, and
 * fails here alone. Throws only the reason of an aborted `signal`.
 */
export async function exchange(request: Exchange): Promise<Exchanged> {
  request.signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(request.timeoutMs)
  const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline
  const state = { sent: false }
  try {
    const response = await answerTo(request, signal, state)
    const text = await bodyOf(response, request.most, signal)
    return { outcome: 'answered', status: response.statusCode ?? 0, headers: response.headers, text }
  } catch (error) {
    request.signal?.throwIfAborted()
    if (deadline.aborted)
      return { outcome: 'failed', ...state, code: '', reason: `no answer within ${request.timeoutMs / 1000} s` }
    return { outcome: 'failed', ...state, code: codeOf(error), reason: reasonOf(error) }
  }
}

function answerTo(request: Exchange, signal: AbortSignal, state: { sent: boolean }): Promise<http.IncomingMessage> {
  const { method, url, body, auth, tls } = request
  const secure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    // What cannot be sent, a header with a line break say, is thrown here.
    const outgoing = (secure ? https : http).request(
      url,
      {
        method,
        agent: false,
        signal,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          connection: 'close',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...request.headers,
        },
        ...(auth === undefined ? {} : { auth }),
        ...(secure ? tls : {}),
      },
      resolve,
    )
    outgoing.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', () => (state.sent = true)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** What a server may compress without being asked to. */
const decoders: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

class TooLarge extends Error {}

async function bodyOf(response: http.IncomingMessage, most: number, signal: AbortSignal): Promise<string> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  const decoder = decoders[encoding]
  if (!decoder && encoding !== 'identity') {
    response.destroy()
    throw new Error(`the answer has the encoding ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`)
  }
  const body: Readable = decoder ? decoded(response, decoder()) : response
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      signal.throwIfAborted()
      size += chunk.length
      if (size > most) throw new TooLarge(`the answer is larger than ${sizeText(most)}`)
      chunks.push(chunk)
    }
  } finally {
    response.destroy()
    body.destroy()
  }
  return Buffer.concat(chunks).toString()
}

function decoded(response: http.IncomingMessage, decoder: Transform): Transform {
  response.on('error', (error) => decoder.destroy(error))
  return response.pipe(decoder)
}

function sizeText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MB` : `${bytes} bytes`
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string') return at.code
  return ''
}

/** Several addresses that are all refused are one error without words of its own: its first one says it. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const message = first instanceof Error ? first.message : String(first)
  return message === '' ? codeOf(error) || 'the connection failed' : message
}
