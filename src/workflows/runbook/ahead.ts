import type { StepId } from '../../contract/steps.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'

/** So old may be what was seen ahead, ms: a step that waited, or asked somebody, has the next one look again. */
const freshMs = 2_000

type Seen = { value: unknown } | { failure: unknown }

/** Looks that began beside the step before theirs. They only save time: what is not there, failed or is old is looked at again. */
export class Ahead {
  readonly #run: Run
  readonly #begun = new Map<StepId, { at: number; forced: boolean; seen: Promise<Seen> }>()

  constructor(run: Run) {
    this.#run = run
  }

  /** Begins the looks of the steps that follow, up to the first that has to wait for its turn. */
  begin(following: readonly Step[]): void {
    for (const step of following) {
      if (!step.looksAhead || this.#begun.has(step.id)) return
      if (this.#run.adopted || this.#run.factEntry(step.id)?.state === 'begun') return
      this.#begun.set(step.id, { at: Date.now(), forced: this.#run.forced, seen: this.#look(step) })
    }
  }

  /** What the step saw, ahead or now. In a forced run one try at the source is all there is, whenever it was. */
  async observe(step: Step): Promise<unknown> {
    const ahead = this.#begun.get(step.id)
    this.#begun.delete(step.id)
    // A run that has turned forced meanwhile does not wait for what it asked with the patience of a planned one.
    if (ahead === undefined || ahead.forced !== this.#run.forced) return step.observe(this.#run)
    const seen = await ahead.seen
    if ('failure' in seen && this.#run.forced && step.touchesSource) throw seen.failure
    if ('failure' in seen || Date.now() - ahead.at > freshMs) return step.observe(this.#run)
    return seen.value
  }

  #look(step: Step): Promise<Seen> {
    const run = this.#run
    const before = run.singleTry
    // What it asks with is chosen before it first waits.
    run.singleTry = run.forced && step.touchesSource
    const looking = (async () => step.observe(run))()
    run.singleTry = before
    return looking.then(
      (value) => ({ value }),
      (failure: unknown) => ({ failure }),
    )
  }
}
