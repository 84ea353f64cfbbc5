import { type Emphasis, emphasisOf, painted, wrapped } from './render/layout.ts'
import { plain } from './render/words.ts'

/**
 * Redraws a block of lines in place. Long lines are broken at words, commands never, so that they can be copied whole. The
 * last picture stays on the terminal when the command ends.
 */
export class Screen {
  /** Rows of the terminal that the last picture took. */
  #rows = 0
  readonly #out: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>

  readonly #paints: boolean

  constructor(out: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>, paints: boolean) {
    this.#out = out
    this.#paints = paints
  }

  /** A picture higher than the terminal cannot be redrawn in place: until the last one, its middle is left out. */
  draw(lines: string[], last: boolean): void {
    const columns = this.#out.columns || 80
    const whole = lines.map(plain).flatMap((line) => rowsOf(line, columns))
    const shown = last ? whole : fit(whole, columns, (this.#out.rows || 24) - 1)
    const back = this.#rows === 0 ? '' : `\x1b[${this.#rows}F`
    this.#out.write(
      `${back}\x1b[J${shown.map(({ text, emphasis }) => `${this.#paints ? painted(text, emphasis) : text}\n`).join('')}`,
    )
    this.#rows = total(shown, columns)
  }
}

interface Row {
  text: string
  emphasis: Emphasis | null
}

function rowsOf(line: string, columns: number): Row[] {
  const emphasis = emphasisOf(line)
  return wrapped(line, columns).map((text) => ({ text, emphasis }))
}

/** The first line, and of the rest what stands at the end: live numbers, questions and warnings. */
function fit(lines: Row[], columns: number, rows: number): Row[] {
  const [first, ...rest] = lines
  if (first === undefined || total(lines, columns) <= rows) return lines
  const head = [first, { text: '  …', emphasis: null }]
  while (rest.length > 1 && total([...head, ...rest], columns) > rows) rest.shift()
  return [...head, ...rest]
}

function total(lines: readonly Row[], columns: number): number {
  return lines.reduce((sum, { text }) => sum + Math.max(1, Math.ceil(Array.from(text).length / columns)), 0)
}
