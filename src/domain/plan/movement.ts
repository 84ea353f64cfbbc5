import type { Pace } from '../../contract/activities.ts'
import { duration } from '../text/duration.ts'
import { some } from '../watch/look.ts'

/** What is waited for and is not there yet, by a name for a person: how far it has come, in anything that changes when it moves. */
export type Outstanding = ReadonlyMap<string, string | number>

interface Part {
  mark: string | number
  since: number
  moved: boolean
}

/**
 * How what a wait waits for moves, over its looks. Each part counts by itself: a group that reads does not hide another one that
 * has stopped. A part counts from the look that saw it first, since nothing is known of the time before.
 */
export class Movement {
  readonly #patienceMs: number
  readonly #parts = new Map<string, Part>()
  #moved = false

  /** `patienceMs`: a part that has not moved for so long does not advance. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** `at`: ms of any clock that only grows. */
  take(at: number, outstanding: Outstanding): Pace {
    for (const name of this.#parts.keys()) if (!outstanding.has(name)) this.#arrived(name)
    for (const [name, mark] of outstanding) this.#look(at, name, mark)
    const parts = [...this.#parts]
    const still = parts.filter(([, { since }]) => at - since >= this.#patienceMs)
    return {
      still: still.map(([name]) => name),
      stillMs: Math.max(0, ...still.map(([, { since }]) => at - since)),
      moved: this.#moved,
      allMoved: this.#moved && parts.every(([, { moved }]) => moved),
    }
  }

  #arrived(name: string): void {
    this.#parts.delete(name)
    this.#moved = true
  }

  #look(at: number, name: string, mark: string | number): void {
    const known = this.#parts.get(name)
    if (known?.mark === mark) return
    this.#moved ||= known !== undefined
    this.#parts.set(name, { mark, since: at, moved: known !== undefined })
  }
}

/** Of a question: what does not advance, and since when. Empty: everything moves, or nobody looked. */
export function stillText(pace: Pace | undefined): string {
  if (pace === undefined || pace.still.length === 0) return ''
  return ` No progress for ${duration(pace.stillMs / 1000)}: ${some(pace.still)}. This question closes by itself when it advances.`
}
