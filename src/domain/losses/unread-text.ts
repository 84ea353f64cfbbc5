import type { UnreadRemoved } from '../../contract/evidence.ts'

/** `source`: the cluster where the records still are. */
export function unreadText(
  { topic, copy, partition, groups, records, from, to }: UnreadRemoved,
  source: string,
): string {
  const who = groups.join(', ')
  const where = to - from === 1 ? `offset ${from}` : `offsets ${from} to ${to - 1}`
  const what = records === null ? 'an unknown number of records' : records === 1 ? '1 record' : `${records} records`
  return (
    `${who} still has to read ${what} at ${where} of ${topic} partition ${partition} on ${source}, and the copy ${copy} does not hold them any more: ` +
    `retention removed them there, or somebody deleted them. Let ${who} read on ${source} until it has passed offset ${to - 1}; the run sees it by itself.`
  )
}
