/** An HTTP answer that is no success. */
export class HttpError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const DEFAULT_TIMEOUT_MS = 20_000

/** One request with a JSON body and a JSON answer (undefined when there is none); anything but 2xx is an HttpError. */
export async function httpJson(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new HttpError(`${method} ${url}: ${answer.status} ${text.slice(0, 500)}`, answer.status)
  return text === '' ? undefined : JSON.parse(text)
}
