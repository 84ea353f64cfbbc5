import { readFileSync } from 'node:fs'

/** A key of AES-256. */
export interface PayloadKey {
  /** Stands in clear beside each payload, so that whoever reads it knows which key to take. */
  id: string
  bytes: Uint8Array
}

const line = /^(?<id>[A-Za-z0-9._-]{1,64})\s+(?<base64>[A-Za-z0-9+/]{43}=)$/

const how = 'Each line is an id, a space, and 32 random bytes in base64 (`openssl rand -base64 32`).'

/** Reads a file of keys, one a line. The first one encrypts, all of them decrypt. Throws a sentence for anything else. */
export function readKeys(file: string): [PayloadKey, ...PayloadKey[]] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(
      `The keys for payloads cannot be read (${error instanceof Error ? error.message : String(error)}).`,
      {
        cause: error,
      },
    )
  }
  const keys: PayloadKey[] = []
  for (const [at, row] of text.split(/\r?\n/).entries()) {
    if (row.trim() === '' || row.startsWith('#')) continue
    const { id, base64 } = line.exec(row.trim())?.groups ?? {}
    // The line itself is a secret.
    if (id === undefined || base64 === undefined) throw new Error(`${file}: line ${at + 1} is no key. ${how}`)
    if (keys.some((key) => key.id === id)) throw new Error(`${file}: line ${at + 1} has the id ${id} again.`)
    keys.push({ id, bytes: Buffer.from(base64, 'base64') })
  }
  const [first, ...others] = keys
  if (first === undefined) throw new Error(`${file} has no key. ${how}`)
  return [first, ...others]
}
