import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { TlsConfig } from '../../config/parts.ts'
import { configurationFault } from '../../ports/failures.ts'

/** `at` names the key of the configuration. Files are read at each call, so that rotated certificates are picked up. */
export function tlsOptions(tls: TlsConfig | undefined, at: string): RequestOptions | undefined {
  if (!tls) return undefined
  const read = (key: 'caFile' | 'certFile' | 'keyFile') => {
    const file = tls[key]
    if (file === undefined) return undefined
    try {
      return readFileSync(file)
    } catch {
      throw configurationFault(`${at}.${key}: the file ${file} cannot be read`)
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
