import type { TlsConfig } from './parts.ts'
import type { Path } from './place.ts'

/** A setting that lets somebody on the way, or on the machine, read or change more than he should. */
export interface Insecure {
  path: Path
  message: string
}

export function inClear(url: string, what: string, path: Path): Insecure[] {
  return url.startsWith('http:') ? [{ path, message: `${what} is sent in clear: use https` }] : []
}

export function unchecked(tls: TlsConfig | undefined, path: Path): Insecure[] {
  return tls?.rejectUnauthorized === false
    ? [
        {
          path: [...path, 'rejectUnauthorized'],
          message: 'any certificate is accepted, also that of somebody between: take it out',
        },
      ]
    : []
}

export function literalSecret(path: Path): Insecure {
  return {
    path,
    message: 'seems to be a secret in clear text: name it instead, {env: NAME} or {file: PATH}',
  }
}
