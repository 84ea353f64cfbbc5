import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { controlNamed } from '../controls/chosen.ts'
import type { Fault } from './place.ts'
import { readSecret, secretRef, type SecretRef } from './secret.ts'

/** A place in the configuration that names something on this machine. `holder[key]` is the name. */
type Reference = { path: PropertyKey[]; holder: Record<string, unknown>; key: string } & (
  { kind: 'secret'; ref: SecretRef } | { kind: 'file' | 'folder' }
)

const tlsFiles = ['caFile', 'certFile', 'keyFile']
/** Under these keys stand names of somebody else: `{file: x}` is a connector's setting there, not a secret. */
const foreign = ['config', 'headers', 'principals', 'clusters', 'pairs']

/** Makes every path in a configuration absolute, starting at `folder`; a command without `cwd` runs in `folder`. */
export function resolvePaths(tree: unknown, folder: string): void {
  for (const { holder, key } of references(tree, [])) {
    const value = holder[key]
    if (key !== 'env') holder[key] = typeof value === 'string' ? resolve(folder, value) : folder
  }
}

/** Secrets, certificates and folders that are not there. The tree's paths must be absolute. */
export function missingReferences(tree: unknown): Fault[] {
  return [...references(tree, [])].flatMap((reference) => {
    const problem = problemOf(reference)
    return problem === null ? [] : [{ path: reference.path, message: problem }]
  })
}

function problemOf(reference: Reference): string | null {
  if (reference.kind === 'secret') return secretProblem(reference.ref)
  const path = String(reference.holder[reference.key])
  try {
    if (reference.kind === 'folder' && !statSync(path).isDirectory()) return `${path} is not a folder`
    accessSync(path, constants.R_OK)
    return null
  } catch {
    return `the ${reference.kind} ${path} cannot be read: create it, or correct the path`
  }
}

function secretProblem(ref: SecretRef): string | null {
  try {
    if (readSecret(ref) !== '') return null
    return 'env' in ref ? `the environment variable ${ref.env} is empty` : `the secret file ${ref.file} is empty`
  } catch (error) {
    const remedy = 'env' in ref ? "set it in the worker's environment" : 'create it, or correct the path'
    return `${error instanceof Error ? error.message : String(error)}: ${remedy}`
  }
}

function* references(node: unknown, path: PropertyKey[]): Generator<Reference> {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    for (const [index, item] of node.entries()) yield* references(item, [...path, index])
    return
  }
  const holder = node as Record<string, unknown>
  const parent = path.at(-1)
  const secret = foreign.includes(String(parent)) ? undefined : secretRef.safeParse(holder).data
  if (secret) {
    yield { kind: 'secret', path, holder, key: 'env' in secret ? 'env' : 'file', ref: secret }
    return
  }
  if (parent === 'tls')
    for (const key of tlsFiles)
      if (typeof holder[key] === 'string') yield { kind: 'file', path: [...path, key], holder, key }
  if (parent === 'control')
    for (const key of controlNamed(String(holder['adapter']))?.folders ?? [])
      yield { kind: 'folder', path: [...path, key], holder, key }
  for (const [key, value] of Object.entries(holder)) yield* references(value, [...path, key])
}
