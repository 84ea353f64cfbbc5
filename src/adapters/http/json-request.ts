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

/**
 * One exchange, without retries. Redirects are answers (3xx), not followed: a signed request is meant for one address.
 * Throws only the reason of an aborted `signal`.
 */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  const timeout = AbortSignal.timeout(request.timeoutMs)
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: {
        accept: 'application/json',
        // A kept connection that the other side is just closing would lose a POST, with its outcome unknown.
        connection: 'close',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      body: request.body ?? null,
      redirect: 'manual',
      signal,
    })
    const text = await response.text()
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null
    return {
      outcome: 'answered',
      status: response.status,
      json: parse(text),
      excerpt: excerptOf(location === null ? text : `moved to ${location}: configure that address`, request.secrets),
    }
  } catch (error) {
    request.signal?.throwIfAborted()
    if (timeout.aborted) return { outcome: 'unanswered', reason: `no answer within ${request.timeoutMs / 1000} s` }
    const reason = reasonOf(error)
    return { outcome: neverSent(error) ? 'not-sent' : 'unanswered', reason: withoutSecrets(reason, request.secrets) }
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function excerptOf(text: string, secrets: readonly string[]): string {
  const line = withoutSecrets(text, secrets).replace(/\s+/g, ' ').trim()
  return line.length > excerptLength ? `${line.slice(0, excerptLength)}…` : line
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '***')), text)
}

/** Failures before a connection, and thus before a request, existed. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function neverSent(error: unknown): boolean {
  // Without a cause it is the request that cannot be made: a header with a line break, say.
  if (error instanceof TypeError && error.cause === undefined) return true
  const code = codeOf(error)
  // A refused certificate ends the handshake: nothing was said yet.
  return code !== undefined && (beforeSending.has(code) || /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS_/.test(code))
}

function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string') return at.code
  return undefined
}

/** fetch says only "fetch failed": what went wrong is in its causes. */
function reasonOf(error: unknown): string {
  let innermost: unknown = error
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause
  const code = codeOf(error)
  const message = innermost instanceof Error ? innermost.message : String(innermost)
  return message === '' || message === code ? (code ?? 'the connection failed') : message
}
