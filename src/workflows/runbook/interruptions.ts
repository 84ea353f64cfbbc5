/** Ways a step ends other than by success or failure. They travel as exceptions from the wait to the engine. */

/** Somebody asked to abort, and it is still possible. */
export class AbortRequested extends Error {
  override name = 'AbortRequested'
}

/** An operator decided to leave this step out. */
export class SkipRequested extends Error {
  override name = 'SkipRequested'
}

/** An operator takes the episode over by hand. */
export class HandOverRequested extends Error {
  override name = 'HandOverRequested'
}

/** The run was turned from planned to forced: the step starts again under the new rules. */
export class ForceRequested extends Error {
  override name = 'ForceRequested'
}

/** An operator decided to try the step again. */
export class RetryRequested extends Error {
  override name = 'RetryRequested'
}

/** The step found the world not as it must be. `choices` beyond retry, abort and handOver. */
export class StepProblem extends Error {
  override name = 'StepProblem'
  readonly mayPassByItself: boolean
  constructor(message: string, options?: { mayPassByItself?: boolean }) {
    super(message)
    this.mayPassByItself = options?.mayPassByItself ?? false
  }
}
