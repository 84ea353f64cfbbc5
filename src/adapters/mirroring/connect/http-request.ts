import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { MirrorMaker2Config } from '../../../config/schema.ts'
import { readSecret } from '../../../config/secret.ts'
import { configurationFault } from '../../../ports/failures.ts'
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

/** OpenSSL's and Node's codes for a certificate that is not accepted: waiting does not mend it. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/

/**
 * One request to Connect, on a connection of its own: an idle one that the worker closes meanwhile would look like an
 * unknown outcome. Node's own client, since built-in fetch takes neither authorities nor client certificates.
 * Certificates and the password are read for each request, so that rotated ones are picked up.
 */
export function httpRequest(
  link: MirrorMaker2Config,
  where: string,
  { method, path, body, timeoutMs, signal }: HttpRequest,
): Promise<HttpAnswer> {
  const url = new URL(link.connect.url.replace(/\/+$/, '') + path)
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const deadline = AbortSignal.timeout(timeoutMs)
  const options: https.RequestOptions = {
    method,
    agent: false,
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    headers: {
      accept: 'application/json',
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    },
    ...credentials(link, where),
    ...(url.protocol === 'https:' ? tlsOptions(link, where) : {}),
  }
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(asError(signal.reason))
      else if (deadline.aborted)
        reject(new ConnectTrouble('unsettled', `${where} did not answer ${method} ${path} within ${timeoutMs} ms`))
      else reject(explained(error, where, method, path))
    }
    const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      response.on('error', fail)
    })
    request.on('error', fail)
    request.end(payload)
  })
}

function credentials(link: MirrorMaker2Config, where: string): { auth?: string } {
  const { basicAuth } = link.connect
  if (!basicAuth) return {}
  try {
    return { auth: `${basicAuth.username}:${readSecret(basicAuth.password)}` }
  } catch (error) {
    throw configurationFault(`${where}: connect.basicAuth.password: ${asError(error).message}`)
  }
}

function tlsOptions(link: MirrorMaker2Config, where: string): https.RequestOptions {
  const { tls } = link.connect
  if (!tls) return {}
  const read = (key: 'caFile' | 'certFile' | 'keyFile') => {
    const file = tls[key]
    if (file === undefined) return undefined
    try {
      return readFileSync(file)
    } catch {
      throw configurationFault(`${where}: connect.tls.${key}: the file ${file} cannot be read`)
    }
  }
  return {
    ca: read('caFile'),
    cert: read('certFile'),
    key: read('keyFile'),
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  }
}

function explained(error: NodeJS.ErrnoException, where: string, method: string, path: string): Error {
  const code = error.code ?? ''
  if (certificateCode.test(code))
    return configurationFault(
      `${where}: the TLS connection is refused (${code}). Check connect.url and connect.tls of this link in switchback.yaml`,
    )
  // Only a connection that was never made proves that the request was not read.
  const notSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
  return new ConnectTrouble(
    notSent ? 'no-answer' : 'unsettled',
    `${where} does not answer (${code || error.message}) to ${method} ${path}`,
  )
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value))
}
