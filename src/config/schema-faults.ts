import { z } from 'zod'
import { closest } from './closest.ts'
import type { Fault, Path } from './place.ts'
import { configSchema, type Config } from './schema.ts'

/** What the schema says about a tree: the configuration with its defaults, or every fault in readable sentences. */
export function readSchema(tree: unknown): { config: Config | null; faults: Fault[] } {
  const result = configSchema.safeParse(tree, { error: sentence })
  if (result.success) return { config: result.data, faults: [] }
  return { config: null, faults: result.error.issues.flatMap((issue) => faultsOf(issue, tree)) }
}

function faultsOf(issue: z.core.$ZodIssue, tree: unknown): Fault[] {
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ path: issue.path, message: `this name cannot be used: ${inner.message}` }))
  if (issue.code === 'unrecognized_keys') {
    const sentences = issue.message.split('\n')
    return issue.keys.map((key, index) => ({ path: [...issue.path, key], message: sentences[index] ?? issue.message }))
  }
  // Only text that broke a rule of form is repeated: what stands at the place of a secret never is.
  const value = issue.code === 'invalid_format' ? valueAt(tree, issue.path) : undefined
  const shown = typeof value === 'string' && !/:\/\/.*@/.test(value) ? `${JSON.stringify(value)} cannot be used: ` : ''
  return [{ path: issue.path, message: `${shown}${issue.message}` }]
}

/** Zod asks this for each issue whose rule has no sentence of its own. */
function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  // One line for each key, in their order: each becomes a fault at its own place.
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(key, knownKeys(issue.inst))).join('\n')
  if (issue.code === 'invalid_type') {
    const wanted = expected(issue)
    if (issue.input === undefined) return `is missing: put ${wanted} here`
    if (issue.input === null) return `is empty: put ${wanted} here`
    return `is ${kindOf(issue.input)}: put ${wanted} here`
  }
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String), issue.input)
  if (issue.code === 'too_small') return tooSmall(issue)
  if (issue.code === 'too_big')
    return `is too ${issue.origin === 'string' ? 'long' : 'large'}: at most ${issue.maximum}`
  if (issue.code === 'invalid_format' && issue.format === 'url')
    return 'put an address that starts with http:// or https://'
  if (issue.code === 'invalid_union') return union(issue)
  return undefined
}

function union(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if ('discriminator' in issue && Array.isArray(issue.options)) {
    const given = isRecord(issue.input) ? issue.input[String(issue.discriminator)] : undefined
    return oneOf(issue.options.map(String), given)
  }
  const secret = issue.errors.some((branch) =>
    branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  const plain = issue.errors.some((branch) =>
    branch.some((inner) => inner.code === 'invalid_type' && inner.expected === 'string' && inner.path.length === 0),
  )
  if (plain) return 'put a text, a number, true or false here, or name a secret: {env: NAME} or {file: PATH}'
  return secret
    ? 'a secret is never written here, it is named: put {env: NAME} or {file: PATH}'
    : 'name the secret by exactly one of {env: NAME} and {file: PATH}'
}

function unknownKey(key: string, known: string[]): string {
  const meant = closest(key, known)
  if (meant !== undefined) return `is not known here: did you mean "${meant}"?`
  return `is not known here: take it out, or use one of ${known.join(', ')}`
}

function oneOf(values: string[], given: unknown): string {
  const list = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`
  if (given === undefined) return `is missing: put ${list} here`
  if (typeof given !== 'string') return `is ${kindOf(given)}: put ${list} here`
  const meant = closest(given, values)
  return `"${given}" is not possible here: ${meant === undefined ? `put ${list}` : `did you mean "${meant}"? (${list})`}`
}

function tooSmall(issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  if (issue.origin === 'array') return `is an empty list: at least ${issue.minimum} is needed`
  if (issue.origin === 'string') return 'is an empty text: put something here'
  return `is too small: at least ${issue.minimum}`
}

const words: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'names with their entries',
}

function expected(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string {
  const word = words[issue.expected] ?? issue.expected
  return issue.expected === 'string' && typeof issue.input === 'number' ? `${word} (in quotes)` : word
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number with a fraction'
  return typeof value === 'object' ? 'keys with values' : (words[typeof value] ?? typeof value)
}

function knownKeys(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[String(key)] : undefined), tree)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
