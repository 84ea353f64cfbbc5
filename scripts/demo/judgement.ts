import type { TopicVerdict } from '../../lab/verdict.ts'
import { type Announced, readInTheEnd } from './announced.ts'

/** One local topic in the summary. */
export type TopicOutcome = {
  topic: string
  /** Acknowledged records. */
  sent: number
  /** Distinct records processed. */
  received: number
  /** Acknowledged, not processed, and not in the ledger. */
  lost: number
  /** Processed again, whether it was announced or not; what the producer itself sent again is not counted. */
  duplicated: number
  /** Processed for the first time after a later record of the same key, without having been declared. */
  outOfOrder: number
  /** Acknowledged and in the ledger. */
  stranded: number
  /** Upper bound of what was announced to be read twice. */
  duplicatesDeclared: number
  outOfOrderDeclared: number
  duplicatesOfSender: number
  /** Stranded and not processed. */
  strandedUnread: number
}

/**
 * Sets what became of the records against what was announced. Verdicts are taken without declared duplicates. What a forced run declares
 * about order concerns stranded records, and the verdict knows those one by one: it excuses no others.
 */
export function topicOutcomes(verdicts: readonly TopicVerdict[], said: Announced): TopicOutcome[] {
  const orderDeclared = said.orderBreaks.some(({ mode }) => mode === 'planned')
  return verdicts.map((verdict) => ({
    topic: verdict.topic,
    sent: verdict.sent,
    received: verdict.received,
    lost: verdict.lost,
    duplicated: verdict.duplicated,
    outOfOrder: orderDeclared ? 0 : verdict.outOfOrder,
    stranded: verdict.stranded,
    duplicatesDeclared: said.duplicates.get(verdict.topic) ?? 0,
    outOfOrderDeclared: verdict.outOfOrderDeclared + (orderDeclared ? verdict.outOfOrder : 0),
    duplicatesOfSender: verdict.duplicatesOfSender,
    strandedUnread: Math.max(0, verdict.sent - verdict.lost - verdict.received),
  }))
}

export type Judged = {
  operations: readonly { operation: string; state: string; failure?: string }[]
  topics: readonly TopicOutcome[]
  ordering: 'strict' | 'relaxed'
  settled: Announced['settled']
}

/** Everything that did not come out as it should have, as sentences. None: the demo is ok. */
export function problems({ operations, topics, ordering, settled }: Judged): string[] {
  const runs = operations
    .filter(({ state }) => state !== 'succeeded')
    .map(({ operation, state, failure }) => `${operation} ended as ${state}${failure ? `: ${failure}` : ''}`)
  const missing = ['failover', 'reset', 'failback']
    .filter((name) => !operations.some(({ operation }) => operation === name))
    .map((name) => `${name} was not carried out`)
  return [...runs, ...missing, ...topics.flatMap((topic) => faultsOf(topic, ordering, settled))]
}

function faultsOf(topic: TopicOutcome, ordering: Judged['ordering'], settled: Judged['settled']): string[] {
  const faults: string[] = []
  if (topic.sent === 0) faults.push(`${topic.topic}: nothing was produced, so nothing is proven`)
  if (topic.lost > 0) faults.push(`${topic.topic}: ${topic.lost} acknowledged records are lost and stand in no ledger`)
  if (ordering === 'strict' && topic.outOfOrder > 0)
    faults.push(`${topic.topic}: ${topic.outOfOrder} records came out of order, which nobody had declared`)
  if (topic.duplicated > topic.duplicatesDeclared)
    faults.push(
      `${topic.topic}: ${topic.duplicated} records were processed twice, at most ${topic.duplicatesDeclared} were declared`,
    )
  if (settled !== null && readInTheEnd(settled) && topic.strandedUnread > 0)
    faults.push(
      `${topic.topic}: ${topic.strandedUnread} stranded records were to be ${settled === 'keep' ? 'kept' : 'replayed'} and were never read`,
    )
  return faults
}
