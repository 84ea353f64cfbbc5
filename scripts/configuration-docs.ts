/**
 * Writes the reference part of docs/configuration.md from the schema. The text above the marker is written by hand.
 * `npx tsx scripts/configuration-docs.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import { configSchema } from '../src/config/schema.ts'

type Schema = z.core.JSONSchema.JSONSchema

export const documentPath = fileURLToPath(new URL('../docs/configuration.md', import.meta.url))
const marker = '<!-- From here on made from src/config/schema.ts by scripts/configuration-docs.ts. -->'

/** What stands for a name in a path. */
const names: Record<string, string> = { clusters: '<alias>', pairs: '<pair>', principals: '<principal>' }

/** The document with its reference made anew. */
export async function configurationDocument(current: string): Promise<string> {
  const end = current.indexOf(marker)
  if (end < 0) throw new Error(`docs/configuration.md has lost its marker line: ${marker}`)
  const schema = z.toJSONSchema(configSchema, { io: 'input' })
  const text = `${current.slice(0, end)}${marker}\n\n${new Reference().render(schema)}`
  return format(text, { ...(await resolveConfig(documentPath)), parser: 'markdown' })
}

class Reference {
  /** Objects already described, by their keys: the second place refers to the first. */
  readonly #described = new Map<string, string>()
  readonly #sections: string[] = []

  render(root: Schema): string {
    this.#object('', root, 'The whole file')
    return `${this.#sections.join('\n\n')}\n`
  }

  #object(path: string, schema: Schema, title: string): void {
    const properties = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, asSchema(value)] as const)
    const rows = properties.map(([key, value]) => {
      const required = schema.required?.includes(key) ?? false
      return row([`\`${key}\``, typeText(value), defaultText(value, required), value.description ?? ''])
    })
    this.#sections.push(
      [`## ${title}`, '', row(['key', 'value', 'default', 'meaning']), row(['---', '---', '---', '---']), ...rows].join(
        '\n',
      ),
    )
    for (const [key, value] of properties) this.#inner(path === '' ? key : `${path}.${key}`, key, value)
  }

  #inner(path: string, key: string, schema: Schema): void {
    if (isSecret(schema)) return
    const item = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : undefined
    if (item?.properties) return this.#once(`${path}[]`, item)
    if (schema.properties) return this.#once(path, schema)
    const entry = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
    if (entry?.properties) return this.#once(`${path}.${names[key] ?? '<name>'}`, entry)
    if (item?.oneOf) this.#options(`${path}[]`, item)
    this.#options(path, schema)
  }

  #options(path: string, schema: Schema): void {
    const key = discriminatorOf(schema)
    for (const option of schema.oneOf?.map(asSchema) ?? []) {
      const word = String(asSchema(option.properties?.[key] ?? {}).const)
      this.#object(path, option, `\`${path}\` with \`${key}: ${word}\``)
    }
  }

  #once(path: string, schema: Schema): void {
    const keys = JSON.stringify(schema.properties)
    const first = this.#described.get(keys)
    if (first !== undefined) this.#sections.push(`## \`${path}\`\n\nAs \`${first}\`.`)
    else {
      this.#described.set(keys, path)
      this.#object(path, schema, `\`${path}\``)
    }
  }
}

/** The key by which the forms of an entry are told apart: the first that is one word in each of them. */
function discriminatorOf(schema: Schema): string {
  const [first, ...others] = schema.oneOf?.map(asSchema) ?? []
  const isWord = (option: Schema, key: string) => asSchema(option.properties?.[key]).const !== undefined
  const keys = Object.keys(first?.properties ?? {})
  return keys.find((key) => [first, ...others].every((option) => option && isWord(option, key))) ?? 'adapter'
}

function typeText(schema: Schema): string {
  if (isSecret(schema)) return '`{env: NAME}` or `{file: PATH}`'
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.oneOf) return `by \`${discriminatorOf(schema)}\`, see below`
  if (schema.anyOf) return [...new Set(schema.anyOf.map((option) => typeText(asSchema(option))))].join(' or ')
  if (schema.type === 'array') {
    const item = asSchema(schema.items)
    if (item.oneOf) return `list of entries ${typeText(item)}`
    return `list of ${item.properties ? 'entries, see below' : `${typeText(item)}s`}`
  }
  if (schema.type === 'object') {
    const entry = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
    if (entry === undefined || entry.properties) return entry ? 'entries by name, see below' : 'see below'
    return `by name: ${typeText(entry)}`
  }
  if (schema.format === 'uri') return 'http(s) address'
  if (schema.type === 'integer') return `whole number${rangeText(schema)}`
  return schema.type === 'string' ? 'text' : String(schema.type ?? 'anything')
}

function rangeText({ minimum, maximum }: Schema): string {
  const least = minimum === undefined ? '' : `, at least ${minimum}`
  // zod bounds every whole number by the largest safe one: no limit anybody would meet.
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : `, at most ${maximum}`
  return `${least}${most}`
}

function defaultText(schema: Schema, required: boolean): string {
  if (required) return '**required**'
  const value: unknown = schema.default
  if (value === undefined || value === '') return 'none'
  if (typeof value !== 'object' || value === null)
    return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
  const entries = Object.entries(value).map(([key, entry]) => `${key}: ${String(entry)}`)
  return entries.length === 0 ? 'none' : `\`{ ${entries.join(', ')} }\``
}

function isSecret(schema: Schema): boolean {
  const keys = schema.anyOf?.flatMap((option) => Object.keys(asSchema(option).properties ?? {}))
  return keys?.join() === 'env,file'
}

function asSchema(schema: unknown): Schema {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema) ? (schema as Schema) : {}
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => escaped(cell)).join(' | ')} |`
}

/** Outside of code, `<id>` would be taken for HTML. */
function escaped(cell: string): string {
  const text = cell.replaceAll('|', '\\|')
  return text.startsWith('`') ? text : text.replaceAll('<', '\\<')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(documentPath, await configurationDocument(readFileSync(documentPath, 'utf8')))
