/**
 * Milliseconds that a test waits for what has to come about, before it fails. A wait ends with its condition, so only a failure costs
 * them: they have to suffice on a machine where thirty other processes want to run, and say nothing of how fast anything is.
 */
export const PATIENCE_MS = 180_000

/** Milliseconds of a test or a hook: longer than its waits, which tell what did not come about. */
export const LIMIT_MS = 4 * PATIENCE_MS
