import type { OpenTransaction } from '../../contract/evidence.ts'
import { duration } from '../text/duration.ts'

/** Partitions named of one transaction; the rest are counted. */
const namedPartitions = 3

/** Who holds partitions open, for how long and what ends it: a sentence each, at most `n`; empty when nobody is known. */
export function transactionLines(transactions: readonly OpenTransaction[] | undefined, n: number): string[] {
  const all = transactions ?? []
  const more = all.length - n
  return [...all.slice(0, n).map(sentence), ...(more > 0 ? [`and ${more} more open transactions`] : [])]
}

/** `app-1 (producer 1003, Ongoing), open for 3 min 20 s` */
export function transactionName({ transactionalId, producerId, state, ageSeconds }: OpenTransaction): string {
  const producer = producerId === null ? null : `producer ${producerId}`
  const facts = [...(producer === null ? [] : [producer]), ...(state === null ? [] : [state])]
  const name =
    transactionalId === null
      ? `of ${producer ?? 'a producer that is not reported'}`
      : `${transactionalId} (${facts.join(', ')})`
  return ageSeconds === null ? name : `${name}, open for ${duration(ageSeconds)}`
}

function sentence(open: OpenTransaction): string {
  return `Transaction ${transactionName(open)}, on ${placesOf(open)}. ${wayOut(open)}`
}

function placesOf({ partitions, partitionCount }: OpenTransaction): string {
  const named = partitions
    .slice(0, namedPartitions)
    .map(([topic, partition, from]) => `${topic}-${partition}${from < 0 ? '' : ` from offset ${from}`}`)
  const more = partitionCount - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more partitions` : ''}`
}

function wayOut({ hanging, timeoutSeconds, ageSeconds, unknown, partitions }: OpenTransaction): string {
  const [first] = partitions
  if (hanging && first !== undefined) {
    const [topic, partition, from] = first
    return `It hangs: its coordinator has ended it, so no time-out will. Abort it on each partition: kafka-transactions.sh --bootstrap-server … abort --topic ${topic} --partition ${partition} --start-offset ${from}`
  }
  if (unknown !== undefined) return `Its transactional id is not known: ${unknown}.`
  if (timeoutSeconds === null) return 'End it or abort it.'
  const left = timeoutSeconds - (ageSeconds ?? 0)
  return left > 0
    ? `Its coordinator aborts it in ${duration(left)} unless it ends before.`
    : `Its time-out of ${duration(timeoutSeconds)} is over: its coordinator should abort it within seconds.`
}
