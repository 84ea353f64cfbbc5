import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'
import { read } from './documents.ts'

export interface SourceString {
  /** `src/…ts:line` */
  at: string
  /** Of a template, `…` stands for each value that is filled in. */
  text: string
}

const folder = fileURLToPath(new URL('../../src/', import.meta.url))

/** Every string and template in `src/` that has a blank: a sentence, or a part of one. Names, codes and keys have none. */
export function sourceStrings(): SourceString[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?ts$/.test(name))
    .toSorted()
    .flatMap((name) => stringsOf(`src/${name}`, read(`src/${name}`)))
    .filter(({ text }) => /\S\s+\S|\S\s+…|…\s+\S/.test(text))
}

export function stringsOf(path: string, source: string): SourceString[] {
  const found: { start: number; text: string }[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (!isNode(node) || apart.has(node.type)) return
    if (node.type === 'Literal' && typeof node['value'] === 'string')
      found.push({ start: node.start, text: node['value'] })
    if (node.type === 'TemplateLiteral')
      found.push({
        start: node.start,
        text: (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…'),
      })
    Object.values(node).forEach(visit)
  }
  visit(parseAst(source, { lang: 'ts' }))
  return found.map(({ start, text }) => ({ at: `${path}:${source.slice(0, start).split('\n').length}`, text }))
}

/** Names of modules, and words as types. */
const apart = new Set(['ImportDeclaration', 'ImportExpression', 'ExportAllDeclaration', 'TSLiteralType'])

interface Node {
  type: string
  start: number
  [key: string]: unknown
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}
