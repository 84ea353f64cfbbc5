import type { DossierEntry } from '../../contract/dossier.ts'
import type { SkipRule, StepId } from '../../contract/steps.ts'
import type { Run } from './run.ts'

export interface StepOutcome<Fact> {
  /** One line for a person: what was found, done, proven. */
  detail: string
  /** What later steps, undo and another run need of it. */
  fact: Fact
  /** What it leaves in the dossier besides. */
  entries?: DossierEntry[]
}

/**
 * A step of a runbook. `observe` reads the present state, `apply` makes the change, `prove` shows that it holds. Applied
 * twice it changes nothing. Facts that an act relies on are recorded (`before`) before the act.
 */
export interface Step<Observed = unknown, Fact = unknown, Applied = unknown> {
  id: StepId
  revision: number
  title: string
  /** Touches the source: in a forced run tried once with a short deadline, else skipped with its reason. */
  touchesSource: boolean
  skip: SkipRule
  /** From its `apply` on, stepping back may fork or lose data. */
  pointOfNoReturn?: boolean
  observe(run: Run): Promise<Observed>
  /**
   * Of a forced run, asked before each attempt: what it would wait for is lost, and another step can be done before. Null: it is
   * its turn.
   */
  postpone?(run: Run): Promise<{ behind: StepId; why: string } | null>
  /**
   * `observe` only looks, and at nothing that the step before it changes: it may begin with that one. What it saw is taken while
   * it is fresh, else it looks again at its turn.
   */
  looksAhead?: true
  /** Is there anything to apply? Without it: always. Where there is not, nothing is recorded as begun. */
  acts?(observed: Observed): boolean
  /** Has nothing to apply and is over at once, unless it asks: what is held waits for the record of the next act. */
  brief?: true
  /** Entries for the dossier that have to be there before `apply` runs. */
  before?(run: Run, observed: Observed): DossierEntry[]
  apply?(run: Run, observed: Observed): Promise<Applied>
  /** `applied`: what `apply` answered; undefined where there was nothing to apply. */
  prove(run: Run, observed: Observed, applied: Applied | undefined): Promise<StepOutcome<Fact>>
  /** Steps back, from the pre-image recorded by the first `observe`. Answers what it did. */
  undo?(run: Run, preImage: Observed): Promise<{ detail: string; entries?: DossierEntry[] }>
  /** What a forced run leaves behind when it had to skip this step. */
  obligations?(run: Run, why: string): DossierEntry[]
}

/** Keeps the types of one definition together, and lets a list hold steps of any type. */
export function defineStep<Observed, Fact, Applied>(step: Step<Observed, Fact, Applied>): Step {
  return step
}
