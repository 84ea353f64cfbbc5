import type { MirrorMaker2Config } from '../settings.ts'
import { readSecret } from '../../../config/secret.ts'
import { configurationFault } from '../../../ports/failures.ts'
import { exchange, type Exchanged } from '../../../adapters/http/exchange.ts'
import { tlsOptions } from '../../../adapters/http/tls.ts'
import { ConnectTrouble } from './trouble.ts'

export interface HttpRequest {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH'
  path: string
  body?: unknown
  timeoutMs: number
  signal?: AbortSignal | undefined
}

export interface HttpAnswer {
  status: number
  text: string
}

/** OpenSSL's and Node's codes for a certificate that is not accepted: waiting does not correct it. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/
/** Bytes: 40,000 positions, or the settings of 2,000 connectors. More would hold up the worker while it is read. */
const mostBytes = 4 * 1024 * 1024

/** One request to Connect. Certificates and the password are read for each request, so that rotated ones are picked up. */
export async function httpRequest(
  link: MirrorMaker2Config,
  where: string,
  { method, path, body, timeoutMs, signal }: HttpRequest,
): Promise<HttpAnswer> {
  const url = new URL(link.connect.url.replace(/\/+$/, '') + path)
  const answer = await exchange({
    method,
    url,
    headers: {},
    body: body === undefined ? undefined : JSON.stringify(body),
    auth: credentials(link, where),
    tls: url.protocol === 'https:' ? tlsOptions(link.connect.tls, `${where}: connect.tls`) : undefined,
    timeoutMs,
    signal,
    most: mostBytes,
  })
  if (answer.outcome === 'answered') return answer
  throw explained(answer, where, `${method} ${path}`)
}

function credentials(link: MirrorMaker2Config, where: string): string | undefined {
  const { basicAuth } = link.connect
  if (!basicAuth) return undefined
  try {
    return `${basicAuth.username}:${readSecret(basicAuth.password)}`
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw configurationFault(`${where}: connect.basicAuth.password: ${reason}`)
  }
}

function explained(failed: Extract<Exchanged, { outcome: 'failed' }>, where: string, asked: string): Error {
  const { code, sent, reason } = failed
  if (certificateCode.test(code))
    return configurationFault(
      `${where}: the TLS connection is refused (${code}). Check connect.url and connect.tls of this link in switchback.yaml`,
    )
  return new ConnectTrouble(
    sent ? 'unsettled' : 'no-answer',
    `${where} does not answer (${code || reason}) to ${asked}`,
  )
}
