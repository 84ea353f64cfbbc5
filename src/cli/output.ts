import { plain } from './render/words.ts'

/** The command's two channels. Answers go to stdout, remarks to stderr, so that a pipe gets the answer only. */

export function say(text: string): void {
  process.stdout.write(`${plain(text)}\n`)
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
