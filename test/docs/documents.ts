import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

export function inRepository(path: string): boolean {
  return existsSync(new URL(path, root))
}

export function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

/** What people read: paths from the repository's root. */
export const documents = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(fileURLToPath(new URL('docs/', root)), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
]

/** The part below a heading, to the next heading of the same or a higher level. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n')
  const start = lines.indexOf(heading)
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`)
  const level = heading.indexOf(' ')
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${level}} `).test(line))
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n')
}

/** Rows of all tables in a text, without their headers, as trimmed cells. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n')
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line)
}

/** Texts in back quotes, not blocks of code. */
export function codeSpans(text: string): string[] {
  return [...text.replaceAll(/^ *```[^]*?^ *```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '')
}

export interface Citation {
  file: string
  title: string
}

/** Tests a text names, written as `file`: `title`; `title`. A file named without a title is a citation without one. */
export function citations(text: string): (Citation | { file: string; title: null })[] {
  const found: (Citation | { file: string; title: null })[] = []
  for (const [, file = '', titles = ''] of text.matchAll(/`(test\/[\w./-]+\.ts)`(:(?:;? `(?!test\/)[^`]+`)+)?/g)) {
    const named = codeSpans(titles)
    if (named.length === 0) found.push({ file, title: null })
    for (const title of named) found.push({ file, title })
  }
  return found
}

/** Is there a test of this title in the file? The title is the first argument of a call that is no `describe`. */
export function hasTest(source: string, title: string): boolean {
  return [...source.matchAll(/(describe[\w.]*)?\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*,/g)].some(
    ([, describe, single, double]) =>
      describe === undefined && (single ?? double ?? '').replaceAll(/\\(.)/g, '$1') === title,
  )
}
