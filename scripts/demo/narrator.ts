import type { StepProgress } from '../../src/contract/steps.ts'

const marks = { done: '✔', skipped: '–', failed: '✖', undone: '↶', waiting: '⏸' } as const

/** Width of the column of step names: the longest id and a space. */
const NAME_WIDTH = 19

/** Tells the story: each line carries the time since the beginning. `columns`: where a screen's lines end; a file's do not. */
export class Narrator {
  readonly #began = Date.now()
  readonly #write: (line: string) => void
  readonly #columns: number

  constructor(write: (line: string) => void, columns: number = Infinity) {
    this.#write = write
    this.#columns = columns
  }

  /** Since the beginning of the story. */
  get seconds(): number {
    return (Date.now() - this.#began) / 1000
  }

  heading(text: string): void {
    this.#write('')
    this.#line(`━━ ${text}`)
  }

  say(text: string): void {
    this.#line(text)
  }

  /** A block that is meant to be read and copied: no time before it, never cut. */
  block(text: string): void {
    for (const line of text.split('\n')) this.#write(line === '' ? '' : `        ${line}`)
  }

  /** One line for a step that is over, or that failed for now. */
  step(step: StepProgress): void {
    const mark = marks[step.state as keyof typeof marks] ?? '·'
    const seconds = step.seconds === undefined ? '' : `${step.seconds.toFixed(1)} s`
    const text = (step.state === 'done' ? step.detail : (step.reason ?? step.detail)) ?? ''
    this.#line(`  ${mark} ${step.id.padEnd(NAME_WIDTH)}${seconds.padStart(7)}  ${oneLine(text)}`)
  }

  #line(text: string): void {
    const whole = Math.floor(this.seconds)
    const clock = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
    const line = `${clock.padStart(6)}  ${text}`
    const characters = Array.from(line)
    this.#write(characters.length <= this.#columns ? line : `${characters.slice(0, this.#columns - 1).join('')}…`)
  }
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' · ').trim()
}
