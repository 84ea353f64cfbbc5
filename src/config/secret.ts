import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A secret is never written into the configuration: it is named. */
export const secretRef = z
  .union([
    z.strictObject({ env: z.string().min(1).describe('name of an environment variable of the worker') }),
    z.strictObject({ file: z.string().min(1).describe('path of a file') }),
  ])
  .describe('a secret by reference: {env: NAME} or {file: PATH}')
export type SecretRef = z.infer<typeof secretRef>

/** Reads the secret now, so that a rotated one is picked up. Fails with the reference's name, never with its value; also when it is empty. */
export function readSecret(ref: SecretRef): string {
  if ('env' in ref) {
    const value = process.env[ref.env]
    if (value === undefined) throw new Error(`the environment variable ${ref.env} is not set`)
    if (value === '') throw new Error(`the environment variable ${ref.env} is empty`)
    return value
  }
  const value = contentOf(ref.file)
  if (value === '') throw new Error(`the secret file ${ref.file} is empty`)
  return value
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error(`the secret file ${file} cannot be read`)
  }
}

/** Every reference to a secret in a configuration. */
export function* secretRefs(node: unknown): Generator<SecretRef> {
  if (typeof node !== 'object' || node === null) return
  const reference = secretRef.safeParse(node)
  if (reference.success) yield reference.data
  else for (const child of Object.values(node)) yield* secretRefs(child)
}
