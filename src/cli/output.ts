import { columnsOf, emphasisOf, mayPaint, painted, wrapped } from './render/layout.ts'
import { plain } from './render/words.ts'

/** The command's two channels. Answers go to stdout, remarks to stderr, so that a pipe gets the answer only. */

export function say(text: string): void {
  process.stdout.write(`${plain(text)}\n`)
}

/**
 * A view for a person: lines broken at words for the terminal, 80 columns where there is none, and in a terminal what waits
 * for somebody stands out. Ids, reports, JSON and a log of changes are said as they are.
 */
export function show(lines: readonly string[]): void {
  const columns = columnsOf(process.stdout)
  const paints = mayPaint(process.stdout, process.env)
  for (const line of lines.flatMap((text) => text.split('\n')).map(plain)) {
    const emphasis = paints ? emphasisOf(line) : null
    for (const part of wrapped(line, columns)) process.stdout.write(`${painted(part, emphasis)}\n`)
  }
}

export function remark(text: string): void {
  process.stderr.write(`${plain(text)}\n`)
}

export function sayJson(value: unknown, indent?: number): void {
  say(JSON.stringify(value, null, indent))
}

/** A reader that leaves early (`switchback report … | head`) ends the command without a fuss. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** Both ends are a terminal: somebody reads, and can answer. */
export function someoneIsThere(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}
