import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { PayloadCodec } from '@temporalio/common'
import type { ListenAddress } from '../../worker/watched/address.ts'
import { type Endpoint, listen } from '../../worker/watched/listen.ts'
import { messageOf } from '../message-of.ts'
import { answerOf, type Direction } from './answer.ts'

/** A page of a history with its payloads; Temporal sends 4 MB at most in one answer, and base64 makes a third more of it. */
const mostBytes = 16 * 1024 * 1024
const limits = { headersTimeout: 5_000, requestTimeout: 30_000 }
const mostConnections = 100

/**
 * Answers `POST …/decode` and `POST …/encode` to the `temporal` command, and to pages of the given origins only. A browser names the
 * origin of a page in each request: a stranger's page that is open beside Temporal's gets nothing.
 */
export async function openCodecServer(
  where: ListenAddress,
  { codecs, origins }: { codecs: PayloadCodec[]; origins: string[] },
): Promise<Endpoint> {
  const server = createServer(limits, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.maxConnections = mostConnections

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = request.headers
    if (origin !== undefined) {
      if (!origins.includes(origin))
        return refuse(response, 403, `Pages of ${origin} get nothing here: start with --origin ${origin}`)
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('vary', 'origin')
      response.setHeader('access-control-allow-methods', 'POST, OPTIONS')
      response.setHeader('access-control-allow-headers', 'content-type, x-namespace, authorization')
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    const direction = directionOf(request)
    if (direction === null) return refuse(response, 404, 'POST /decode or /encode')
    const body = await bodyOf(request)
    if (body === null) return refuse(response, 413, `More than ${mostBytes} bytes`)
    try {
      const answer = await answerOf(codecs, direction, body)
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    } catch (error) {
      refuse(response, 400, messageOf(error))
    }
  }

  return listen(server, where, (at, why) => `The codec server cannot listen on ${at} (${messageOf(why)}).`)
}

function directionOf({ method, url = '' }: IncomingMessage): Direction | null {
  if (method !== 'POST') return null
  const [path = ''] = url.split('?', 1)
  if (path.endsWith('/decode')) return 'decode'
  return path.endsWith('/encode') ? 'encode' : null
}

/** null: larger than it may be. What is left of it is not read. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`)
}
