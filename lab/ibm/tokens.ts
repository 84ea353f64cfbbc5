import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Refusal, type Answer, type Request } from './http.ts'

const tokenRequest = z.object({ grant_type: z.literal('urn:ibm:params:oauth:grant-type:apikey'), apikey: z.string() })

/** IAM's tokens: made from an API key, good for a while. */
export class Tokens {
  readonly #apiKey: string
  readonly #seconds: () => number
  readonly #good = new Map<string, number>()
  /** How many were made. */
  issued = 0

  constructor(apiKey: string, seconds: () => number) {
    this.#apiKey = apiKey
    this.#seconds = seconds
  }

  issue({ body }: Request): Answer {
    const given = tokenRequest.safeParse(body)
    if (!given.success || given.data.apikey !== this.#apiKey)
      return { status: 400, json: { errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.' } }
    const now = Math.floor(Date.now() / 1000)
    const seconds = this.#seconds()
    const token = [{ alg: 'none' }, { iat: now, exp: now + seconds }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(randomBytes(16).toString('hex'))
      .join('.')
    this.#good.set(token, Date.now() + seconds * 1000)
    this.issued += 1
    return {
      status: 200,
      json: {
        access_token: token,
        refresh_token: 'not_supported',
        token_type: 'Bearer',
        expires_in: seconds,
        expiration: now + seconds,
      },
    }
  }

  revokeAll(): void {
    this.#good.clear()
  }

  require({ headers }: Request): void {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    if ((this.#good.get(token) ?? 0) <= Date.now())
      throw new Refusal(401, { error_code: 40100, message: 'the token is not valid', incident_id: 'token' })
  }
}
