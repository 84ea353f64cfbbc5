import { createHmac } from 'node:crypto'

export const signatureHeader = 'x-switchback-signature'

/**
 * `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<body>`. The receiver computes it again from the header's time and
 * the raw body, compares in constant time, and refuses times that are too old.
 */
export function signature(secret: string, body: string, unixSeconds: number): string {
  const code = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex')
  return `t=${unixSeconds},v1=${code}`
}
