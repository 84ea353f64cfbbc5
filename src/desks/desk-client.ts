import { readSecret } from '../config/secret.ts'
import { configurationFault } from '../ports/failures.ts'
import { requestJson, type JsonAnswer } from '../adapters/http/json-request.ts'
import { tlsOptions } from '../adapters/http/tls.ts'
import type { WebhookDeskConfig } from './webhook/settings.ts'

/** Sends one request to the desk, with the configured headers. */
export type DeskClient = (request: {
  method: 'GET' | 'POST'
  url: URL
  body?: string
  headers?: Record<string, string>
  signal: AbortSignal | undefined
}) => Promise<JsonAnswer>

export function deskClient(pair: string, config: WebhookDeskConfig): DeskClient {
  return async ({ headers = {}, ...request }) => {
    const secrets: string[] = []
    const configured = Object.entries(config.headers).map(([name, value]) => {
      if (typeof value === 'string') return [name, value] as const
      const secret = secretOf(pair, name, value)
      secrets.push(secret)
      return [name, secret] as const
    })
    return requestJson({
      ...request,
      headers: { ...headers, ...Object.fromEntries(configured) },
      tls: tlsOptions(config.tls, `The desk of ${pair}: tls`),
      timeoutMs: config.timeoutMs,
      secrets,
    })
  }
}

/** The address of something below the desk's own, with the desk's query kept: `…/tickets` + `7` -> `…/tickets/7`. */
export function below(url: URL, ...segments: string[]): URL {
  const result = new URL(url)
  result.pathname = [url.pathname.replace(/\/+$/, ''), ...segments.map(encodeURIComponent)].join('/')
  return result
}

function secretOf(pair: string, header: string, ref: Parameters<typeof readSecret>[0]): string {
  try {
    return readSecret(ref)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw configurationFault(
      `The header ${header} of the desk of ${pair} has no value: ${reason}. Fix it, then decide retry.`,
    )
  }
}
