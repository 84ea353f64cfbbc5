import type { TopicId } from './evidence.ts'

/** [partition, from (inclusive), to (exclusive), records; null: not counted, so at most to - from] */
export type SeenRange = [partition: number, from: number, to: number, records: number | null]

export interface SeenRanges extends TopicId {
  rows: SeenRange[]
}

/**
 * What only a person can decide, as an assessment found it. `early`: records in local topics of the target that nothing of the pair
 * accounts for; groups begin at their `beginning`, or at the `cut`, which leaves them unread. `uncommitted`: records on the source
 * in partitions where a group has no commit; it begins at their `beginning`, or at their `end`.
 */
export type OpenChoice =
  { about: 'early'; topics: SeenRanges[] } | { about: 'uncommitted'; group: string; topics: SeenRanges[] }

/** As it was decided: part of the plan, so an approval binds it with its numbers. */
export type MadeChoice = OpenChoice & { action: ChoiceAction; by: string }

export const choiceActions = ['beginning', 'cut', 'end'] as const
export type ChoiceAction = (typeof choiceActions)[number]
