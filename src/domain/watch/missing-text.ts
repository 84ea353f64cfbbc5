import type { MissingCopies, MissingReason } from '../../contract/evidence.ts'
import { some } from './look.ts'

interface Link {
  readonly from: string
  readonly to: string
}

/** "t-0 offsets 0 to 336" */
export function missingRanges(missing: readonly MissingCopies[]): string[] {
  return missing.flatMap(({ topic, rows }) =>
    rows.map(([partition, from, to]) => `${topic}-${partition} offsets ${from} to ${to - 1}`),
  )
}

/** One sentence for each reason: what, where, how much. */
export function missingText(missing: readonly MissingCopies[], { from, to }: Link): string {
  const reasons = [...new Set(missing.map(({ why }) => why))]
  return reasons
    .map((why) => `${sentences[why]({ from, to })}: ${some(missingRanges(missing.filter((one) => one.why === why)))}.`)
    .join(' ')
}

/** What makes the link go over them again. `connector`: its source connector, where that is known; `kept`: a provider has the positions. */
export function missingTodo(
  missing: readonly MissingCopies[],
  { from, to, kept }: Link & { kept?: boolean },
  connector = 'NAME',
): string {
  if (kept === true) {
    return (
      `The provider keeps the positions of ${from}->${to}, so nobody here can set them back. Ask it in a support case to mirror these ` +
      `partitions again from their start. \`switchback compare\` shows what is missing; this finding ends when the records are in the copy. ` +
      `A forced failover counts them as lost until then.`
    )
  }
  const [first] = missing
  const example = JSON.stringify({
    offsets: [
      {
        partition: { cluster: from, topic: first?.topic ?? 'TOPIC', partition: first?.rows[0]?.[0] ?? 0 },
        offset: null,
      },
    ],
  })
  return (
    `Mirror these partitions again: stop the source connector of ${from}->${to} (PUT /connectors/${connector}/stop), delete its position ` +
    `of each (PATCH /connectors/${connector}/offsets with ${example}), and resume it (PUT /connectors/${connector}/resume). ` +
    `It then copies what ${from} still holds; readers on ${to} may read records twice. A forced failover counts them as lost until then.`
  )
}

const sentences: Record<MissingReason, (link: Link) => string> = {
  'copy-deleted': ({ from, to }) =>
    `The copy on ${to} does not exist, but the position of ${from}->${to} says that it was mirrored, so it is not mirrored again`,
  'copy-recreated': ({ from, to }) =>
    `The copy on ${to} was deleted and created again, but the position of ${from}->${to} is that of the old one: what was in the old copy is not mirrored again`,
  'copy-shorter': ({ from, to }) =>
    `The copy on ${to} is shorter than it was, but the position of ${from}->${to} lies behind what was cut off`,
  'copy-behind': ({ from, to }) => `The copy on ${to} holds less than the position of ${from}->${to} says`,
  'source-truncated': ({ from, to }) =>
    `The log on ${from} is not the one that was mirrored up to the position of ${from}->${to}: it was truncated, and new records before that position are never mirrored`,
  'source-recreated': ({ from, to }) =>
    `The topic on ${from} is another one than the position of ${from}->${to} was reached in: its records before that position are never mirrored`,
}
