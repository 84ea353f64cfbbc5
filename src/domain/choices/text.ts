import type { ChoiceAction, MadeChoice, OpenChoice, SeenRanges } from '../../contract/choices.ts'
import type { Plan } from '../../contract/plan.ts'

type Sides = Pick<Plan, 'source' | 'target'>

/** Topics named in a text; the plan has them all. */
const named = 5

/** What can be chosen, the one that loses nothing first. */
export function actionsOf({ about }: OpenChoice): ChoiceAction[] {
  return about === 'early' ? ['beginning', 'cut'] : ['beginning', 'end']
}

/** Is it the same question? */
export function sameChoice(one: OpenChoice, other: OpenChoice): boolean {
  if (one.about === 'early' || other.about === 'early') return one.about === other.about
  return one.group === other.group
}

/** Records in ranges, and whether that is an upper bound. */
export function recordsIn(topics: readonly SeenRanges[]): { records: number; atMost: boolean } {
  const rows = topics.flatMap((topic) => topic.rows)
  return {
    records: rows.reduce((sum, [, from, to, records]) => sum + (records ?? to - from), 0),
    atMost: rows.some(([, , , records]) => records === null),
  }
}

/** "at most 500 records", "1 record". */
export function countText(topics: readonly SeenRanges[]): string {
  const { records, atMost } = recordsIn(topics)
  return `${atMost ? 'at most ' : ''}${records} ${records === 1 ? 'record' : 'records'}`
}

function placesText(topics: readonly SeenRanges[]): string {
  const places = topics
    .slice(0, named)
    .map(({ topic, rows }) => `${topic}: ${countText([{ topic, topicId: '', rows }])}`)
  return topics.length > named ? `${places.join(', ')} and ${topics.length - named} more topics` : places.join(', ')
}

/** What was found, in one sentence: of a finding, and of the question. */
export function foundText(choice: OpenChoice, { source, target }: Sides): string {
  return choice.about === 'early'
    ? `Local topics on ${target} hold ${countText(choice.topics)} that are not of this pair's history there (${placesText(choice.topics)}). Somebody writes there, or has written there, before this move.`
    : `${choice.group} has no commit on ${source} where there are ${countText(choice.topics)} (${placesText(choice.topics)}). It is not known whether it has read them, and "drain-consumers" would wait for it.`
}

/** The question before the approval: what each answer does. */
export function questionText(choice: OpenChoice, sides: Sides): string {
  const { source, target } = sides
  const choices =
    choice.about === 'early'
      ? [
          `beginning (${countText(choice.topics)}): the groups read them on ${target}, each from its own commit there, else from the first of them.`,
          `cut (${countText(choice.topics)}): the groups leave them unread. What is written there from now on is read all the same.`,
          'retry: check again, for example when the topics were emptied and the writer was stopped.',
        ]
      : [
          `beginning (${countText(choice.topics)}): ${choice.group} reads these partitions from their start on ${target}, and is not waited for there.`,
          `end (${countText(choice.topics)}): they count as read up to here. Newer records are waited for.`,
          `retry: check again, for example when its consumers have committed or you have set the offset on ${source} (kafka-consumer-groups --reset-offsets).`,
        ]
  return [foundText(choice, sides), ...choices.map((line) => `- ${line}`)].join('\n')
}

/** What was chosen, for the approval and the report. */
export function madeText(choice: MadeChoice, { source, target }: Sides): string {
  const { action, by, topics } = choice
  const count = countText(topics)
  if (choice.about === 'early')
    return action === 'cut'
      ? `Left unread in local topics on ${target}: ${count} from before the cut (${placesText(topics)}), chosen by ${by}.`
      : `Read in local topics on ${target}: ${count} from before the cut (${placesText(topics)}), chosen by ${by}.`
  return action === 'end'
    ? `${choice.group} counts as having read ${count} on ${source} where it has no commit (${placesText(topics)}), chosen by ${by}.`
    : `${choice.group} reads from the start where it has no commit on ${source}: ${count} (${placesText(topics)}), chosen by ${by}.`
}
