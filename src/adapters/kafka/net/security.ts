import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { SaslConfig } from '../../../config/schema.ts'
import type { TlsConfig } from '../../../config/parts.ts'
import { readSecret } from '../../../config/secret.ts'
import { configurationFault } from '../../../ports/failures.ts'

export interface Login {
  mechanism: SaslConfig['mechanism']
  username: string
  password: string
}

/**
 * TLS as node:tls wants it; files are read now, so that renewed certificates count at the next connect. `host`: who is connected
 * to, whose name is sent with the first message (SNI): brokers behind one address are told apart by it. kafkajs sends it by itself.
 */
export function tlsOptions(alias: string, tls: TlsConfig | undefined, host?: string): ConnectionOptions | undefined {
  if (tls === undefined) return undefined
  const pem = (key: 'caFile' | 'certFile' | 'keyFile') => {
    const file = tls[key]
    return file === undefined ? undefined : readPem(alias, key, file)
  }
  return withoutUndefined({
    ca: pem('caFile'),
    cert: pem('certFile'),
    key: pem('keyFile'),
    servername: tls.serverName ?? nameOf(host),
    rejectUnauthorized: tls.rejectUnauthorized,
  })
}

/** An address is no name, and may not be sent as one (RFC 6066); neither may the dot at the end of a full name. */
function nameOf(host: string | undefined): string | undefined {
  return host === undefined || isIP(host) !== 0 ? undefined : host.replace(/[.]$/, '')
}

/** User and password, the secret read now: a rotated one counts at the next connect. */
export function readLogin(alias: string, sasl: SaslConfig): Login {
  try {
    return { mechanism: sasl.mechanism, username: sasl.username, password: readSecret(sasl.password) }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read'
    throw configurationFault(
      `The password of ${sasl.username} for cluster ${alias} is missing: ${why}. Provide it to the worker, or correct the reference in switchback.yaml.`,
    )
  }
}

function readPem(alias: string, key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw configurationFault(
      `The ${key} of cluster ${alias} is ${file}, which cannot be read by the worker: correct the path in switchback.yaml, or its permissions.`,
    )
  }
}

/** node:tls takes `undefined` for some options as a value of its own. */
function withoutUndefined(options: ConnectionOptions): ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
