import type { ChoiceAction, MadeChoice, OpenChoice } from '../../contract/choices.ts'
import { undecidedEarly } from './early-records.ts'
import { sameChoice } from './text.ts'
import { undecidedOf } from './uncommitted.ts'

/** Of what was found, what nobody has decided yet. */
export function undecided(found: readonly OpenChoice[], choices: readonly MadeChoice[] = []): OpenChoice[] {
  return found.filter((one) =>
    one.about === 'early' ? undecidedEarly(one.topics, choices) : undecidedOf(one, choices),
  )
}

/** With the decision on what was found now, in place of an earlier one on the same matter. */
export function withChoice(
  choices: readonly MadeChoice[] = [],
  found: OpenChoice,
  { action, by }: { action: ChoiceAction; by: string },
): MadeChoice[] {
  return [...choices.filter((one) => !sameChoice(one, found)), { ...found, action, by }]
}
