/** How lines meet a screen: broken at words, commands whole, and what waits for a person standing out. Pure. */

/** Where the width of the screen is not known. */
export const usualColumns = 80

/** Marks that a line may begin with; what follows stands below itself. */
const begins = /^ *(?:\S+(?: \S+)? {2,})?(?:[✔✖⏸▶○–↶·!?…-] +)?/

/** Not broken, however long: a command of its own line, and in a sentence what stands in back quotes or braces. */
const command = /^\s*\$ /
const whole = /`[^`]*`\S*|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\S*|"[^"]{1,40}"\S*|\S+/g

/** One line as lines of at most so many columns; further ones are indented to where its text begins. A word that is longer stays whole. */
export function wrapped(line: string, columns: number): string[] {
  if (width(line) <= columns || command.test(line)) return [line]
  const [head = ''] = begins.exec(line) ?? []
  const indent = ' '.repeat(Math.min(Math.max(width(head), 2), Math.floor(columns / 3)))
  const lines: string[] = []
  let current = head
  let empty = true
  for (const [word] of line.slice(head.length).matchAll(whole)) {
    const longer = empty ? current + word : `${current} ${word}`
    if (!empty && width(longer) > columns) {
      lines.push(current)
      current = indent + word
    } else current = longer
    empty = false
  }
  return [...lines, current]
}

export type Emphasis = 'waits' | 'wrong' | 'warns'

/** What a line is about, by its mark: also of a view whose marks stand behind a column of names. */
export function emphasisOf(line: string): Emphasis | null {
  const [head = ''] = begins.exec(line) ?? []
  if (head.includes('⏸') || command.test(line)) return 'waits'
  if (head.includes('✖')) return 'wrong'
  return head.includes('!') ? 'warns' : null
}

const codes: Record<Emphasis, string> = { waits: '1;36', wrong: '1;31', warns: '33' }

export function painted(text: string, emphasis: Emphasis | null): string {
  return emphasis === null ? text : `\x1b[${codes[emphasis]}m${text}\x1b[0m`
}

export interface Channel {
  isTTY?: boolean
  columns?: number
}

/** Where there is a terminal, unless it or the person wants none: https://no-color.org. */
export function mayPaint(channel: Channel, environment: NodeJS.ProcessEnv): boolean {
  return channel.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}

export function columnsOf(channel: Channel): number {
  return channel.isTTY === true && channel.columns ? channel.columns : usualColumns
}

function width(text: string): number {
  return Array.from(text).length
}
