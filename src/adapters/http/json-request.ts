import type { RequestOptions } from 'node:https'
import { exchange, type Exchanged } from './exchange.ts'
import { parsedInTurns } from './parsed-json.ts'

export interface JsonRequest {
  method: 'GET' | 'POST'
  url: URL
  headers: Record<string, string>
  /** JSON text of a POST. */
  body?: string
  /** Milliseconds for the whole exchange. */
  timeoutMs: number
  signal: AbortSignal | undefined
  /** Values that must never be repeated, whoever sends them back. */
  secrets: readonly string[]
  /** Bytes that the answer may have; 1 MB when it is left out. */
  most?: number
  /** Authorities and client certificate, only for https. */
  tls?: RequestOptions | undefined
}

export type JsonAnswer =
  | {
      outcome: 'answered'
      status: number
      /** The parsed body; undefined when it is empty or no JSON. */
      json: unknown
      /** The beginning of the body on one line, for messages; '' when it is empty. */
      excerpt: string
    }
  /** The request did not leave this machine: sending it again is safe. */
  | { outcome: 'not-sent'; reason: string }
  /** It was sent, or may have been; nothing is known about its effect. */
  | { outcome: 'unanswered'; reason: string }

const excerptLength = 300
/** Characters of a body from which the excerpt is made. */
const headLength = 64 * 1024
/** Bytes: what a desk or an application says in JSON is some hundred. */
const mostBytes = 1024 * 1024

/**
 * One exchange, without retries. Redirects are answers (3xx), not followed: a signed request is meant for one address.
 * Throws only the reason of an aborted `signal`.
 */
export async function requestJson({ secrets, most = mostBytes, ...request }: JsonRequest): Promise<JsonAnswer> {
  const answer = await exchange({ ...request, most })
  if (answer.outcome === 'failed')
    return { outcome: neverSent(answer) ? 'not-sent' : 'unanswered', reason: withoutSecrets(answer.reason, secrets) }
  const location = answer.status >= 300 && answer.status < 400 ? answer.headers.location : undefined
  return {
    outcome: 'answered',
    status: answer.status,
    json: await parsedInTurns(answer.text),
    excerpt: excerptOf(location === undefined ? answer.text : `moved to ${location}: configure that address`, secrets),
  }
}

/** The address without what may be secret in it: query and fragment stay out of messages. */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/** `answered 403: "not yours"` */
export function answerText(answer: Extract<JsonAnswer, { outcome: 'answered' }>): string {
  return `answered ${answer.status}${answer.excerpt === '' ? '' : `: ${JSON.stringify(answer.excerpt)}`}`
}

function excerptOf(text: string, secrets: readonly string[]): string {
  // A secret that is cut in two would not be found: what may be its first half goes too.
  const longest = Math.max(0, ...secrets.map(({ length }) => length))
  const head = text.length > headLength ? withoutSecrets(text.slice(0, headLength), secrets).slice(0, -longest) : null
  const line = (head ?? withoutSecrets(text, secrets)).replace(/\s+/g, ' ').trim()
  return line.length > excerptLength ? `${line.slice(0, excerptLength)}…` : line
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '***')), text)
}

/** A refused certificate, theirs or ours, ends the handshake: the request was not read. */
function neverSent({ sent, code }: Extract<Exchanged, { outcome: 'failed' }>): boolean {
  return !sent || /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS_/.test(code)
}
