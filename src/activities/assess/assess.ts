import type { Assessment } from '../../contract/activities.ts'
import { type AssessInput, assessmentOf } from '../../domain/assess/judge.ts'
import { type ActivityDeps, timestamp } from '../deps.ts'
import { look } from './look.ts'

/**
 * Looks at both sides, the link and the applications, and says what stands in the way and what is to be expected: the rules
 * are the domain's (`domain/assess`). A side that does not answer is a finding, not a failure; a fault of the configuration is a
 * failure. `ahead`: for the findings alone, so that no record is read to say what is to be expected.
 */
export async function assess(
  deps: ActivityDeps,
  input: AssessInput,
  signal: AbortSignal,
  how: { ahead?: boolean } = {},
): Promise<Assessment> {
  const at = timestamp(deps)
  return assessmentOf(input, await look(deps, input.plan, input.dossier, signal, how), at)
}
