import { createHmac } from 'node:crypto'

export const signatureHeader = 'x-switchback-signature'

interface Signed {
  secret: string
  method: string
  /** Path and query as they are sent. */
  path: string
  body: string
  unixSeconds: number
}

/**
 * `t=<unix seconds>,v1=<hex>,v2=<hex>`. `v2` is HMAC-SHA256 over time, method, path with query, and raw body, a line each; `v1`, for
 * receivers of before, is over `<t>.<body>`. The receiver computes it again, compares in constant time, and refuses times that
 * are too old, keys that it has seen, and times below the highest that it has accepted.
 */
export function signature({ secret, method, path, body, unixSeconds }: Signed): string {
  const code = (text: string) => createHmac('sha256', secret).update(text).digest('hex')
  const [v1, v2] = [code(`${unixSeconds}.${body}`), code(`${unixSeconds}\n${method}\n${path}\n${body}`)]
  return `t=${unixSeconds},v1=${v1},v2=${v2}`
}
