import { plain } from './render/words.ts'

/**
 * Redraws a block of lines in place. Long lines wrap, so that a command in them can be copied whole. The last picture
 * stays on the terminal when the command ends.
 */
export class Screen {
  /** Rows of the terminal that the last picture took. */
  #rows = 0
  readonly #out: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>

  constructor(out: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>) {
    this.#out = out
  }

  /** A picture higher than the terminal cannot be redrawn in place: until the last one, its middle is left out. */
  draw(lines: string[], last: boolean): void {
    const columns = this.#out.columns || 80
    const shown = last ? lines.map(plain) : fit(lines.map(plain), columns, (this.#out.rows || 24) - 1)
    const back = this.#rows === 0 ? '' : `\x1b[${this.#rows}F`
    this.#out.write(`${back}\x1b[J${shown.map((line) => `${line}\n`).join('')}`)
    this.#rows = total(shown, columns)
  }
}

/** The first line, and of the rest what stands at the end: live numbers, questions and warnings. */
function fit(lines: string[], columns: number, rows: number): string[] {
  const [first, ...rest] = lines
  if (first === undefined || total(lines, columns) <= rows) return lines
  const head = [first, '  …']
  while (rest.length > 1 && total([...head, ...rest], columns) > rows) rest.shift()
  return [...head, ...rest]
}

function total(lines: string[], columns: number): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Array.from(line).length / columns)), 0)
}
