import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export type Request = {
  method: string
  /** Path segments, decoded. */
  path: string[]
  query: URLSearchParams
  headers: IncomingMessage['headers']
  /** JSON or form fields; undefined without a body. */
  body: unknown
}

/** `drop`: the connection ends without an answer. */
export type Answer = { status: number; json?: unknown; headers?: Record<string, string> } | 'drop'

export class Refusal extends Error {
  readonly status: number
  readonly json: unknown
  constructor(status: number, json: unknown) {
    super(`refused with ${status}`)
    this.status = status
    this.json = json
  }
}

export async function readRequest(request: IncomingMessage): Promise<Request> {
  const url = new URL(request.url ?? '/', 'http://stand-in')
  const raw = await text(request)
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  return {
    method: request.method ?? 'GET',
    path: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
    query: url.searchParams,
    headers: request.headers,
    body: raw === '' ? undefined : isForm ? Object.fromEntries(new URLSearchParams(raw)) : parsed(raw),
  }
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    throw new Refusal(400, { error_code: 40000, message: 'the body is no JSON', incident_id: 'none' })
  }
}
