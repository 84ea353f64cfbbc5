import { visible } from './visible.ts'

/** Code; words; what is between them. */
const pieces = /`[^`]+`|[^\s`]+|[\s`]/g
/** What a reader of Markdown makes a link of without being asked to. */
const address = /:\/\/|www\.|[A-Za-z0-9._+-]@[A-Za-z0-9_-]/i

/** Text of others (reasons, names, errors) on one line: no link, image, format, block or tag of its own, nothing invisible. */
export function line(text: string): string {
  const shown = visible(text)
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim()
  return shown
    .replace(pieces, (piece) => {
      // Nothing in code is read as markup: a stranger's address is shown there.
      if (/^`[^`]/.test(piece)) return piece
      return address.test(piece) ? `\`${piece}\`` : withoutMarkup(piece)
    })
    .replace(/^[#>+=|-]/, String.raw`\$&`)
    .replace(/^(\d+)([.)])(?= |$)/, String.raw`$1\$2`)
}

function withoutMarkup(text: string): string {
  return text
    .replace(/[\\`*[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, String.raw`\$&`)
    .replace(/&(?=#|[A-Za-z])/g, '&amp;')
    .replaceAll('<', '&lt;')
}

/** Text of others that has lines: `- item` lines become a list, the others a paragraph each. */
export function paragraphs(text: string): string {
  const lines = text.split('\n').filter((one) => one.trim() !== '')
  return lines
    .map((one, index) => {
      const item = /^\s*- (.+)$/.exec(one)?.[1]
      const inList = item !== undefined && /^\s*- ./.test(lines[index - 1] ?? '')
      return `${index === 0 ? '' : inList ? '\n' : '\n\n'}${item === undefined ? line(one) : `- ${line(item)}`}`
    })
    .join('')
}

/** Every ISO time in a text as `2026-11-23 02:51:32 UTC`. */
export function moment(text: string): string {
  return text.replace(/(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z/g, '$1 $2 UTC')
}

/** What can be clicked, when it is an address; else its text. */
export function clickable(address: string): string {
  return /^https?:\/\/[^\s<>\\`]+$/.test(address) && visible(address) === address ? `<${address}>` : line(address)
}

/** A block whose fence is longer than any run of backticks inside. */
export function codeBlock(text: string, language: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}${language}\n${text}\n${fence}`
}

/** A "|" behind an even number of backslashes would end the cell, and the code that a stranger's address stands in. */
function inCell(text: string): string {
  return text.replace(/(\\*)\|/g, (whole, slashes: string) => (slashes.length % 2 === 1 ? whole : `${slashes}\\|`))
}

/** A table; cells hold one line each. Rows beyond `limit` are counted, not shown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], limit: number): string {
  const row = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => inCell(line(String(cell)))).join(' | ')} |`
  const body = [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.slice(0, limit).map(row)].join('\n')
  return rows.length > limit ? `${body}\n\nand ${rows.length - limit} more rows` : body
}
