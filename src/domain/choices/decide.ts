import type { ChoiceAction, MadeChoice, OpenChoice } from '../../contract/choices.ts'
import { uncovered } from './ranges.ts'
import { sameChoice } from './text.ts'

/** Of what was found, what nobody has decided yet. */
export function undecided(found: readonly OpenChoice[], choices: readonly MadeChoice[] = []): OpenChoice[] {
  return found.filter((one) => uncovered(one.topics, choices.find((made) => sameChoice(made, one))?.topics))
}

/** With the decision on what was found now, in place of an earlier one on the same matter. */
export function withChoice(
  choices: readonly MadeChoice[] = [],
  found: OpenChoice,
  { action, by }: { action: ChoiceAction; by: string },
): MadeChoice[] {
  return [...choices.filter((one) => !sameChoice(one, found)), { ...found, action, by }]
}
