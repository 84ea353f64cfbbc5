import type { ReceivedRecord, SentRecord } from '../../../lab/apps/records.ts'
import { idOf } from '../../../lab/verdict.ts'

/** Offsets `from` to `to` (exclusive) of a local topic's partition on the cluster where they were written. */
export type StrandedRange = { cluster: string; topic: string; partition: number; from: number; to: number }

/** Where the acknowledged records of one partition of a local topic are, on the cluster where they were written. */
export type PartitionAccount = {
  cluster: string
  topic: string
  partition: number
  /** Acknowledged records. */
  sent: number
  /** Of these, processed, however often. */
  received: number
  /** Of these, not processed, and in a range of the ledger. */
  stranded: number
  /** Of these, neither: a loss that nobody was told of. */
  missing: number
  /** In a range of the ledger, and processed after the cluster was back. Before, a consumer there may well have read it. */
  strandedAndReceived: number
  /** In a range of the ledger, and processed before the cluster was back: replayed, it is read again. */
  strandedReadBefore: number
}

/**
 * `sent = received + stranded + missing` for every partition that was written to, in their order. `backAt`: when the cluster
 * that was lost came back, in ms since 1970; what a consumer had fetched before the loss, it may process a little after it.
 */
export function accountOf(
  sent: readonly SentRecord[],
  received: readonly ReceivedRecord[],
  ledger: readonly StrandedRange[],
  backAt = 0,
): PartitionAccount[] {
  const idsOf = (some: readonly ReceivedRecord[]) => new Set(some.map((record) => idOf(record.origin, record)))
  const processed = idsOf(received)
  const processedBefore = idsOf(received.filter(({ at }) => at <= backAt))
  const processedLater = idsOf(received.filter(({ at }) => at > backAt))
  const rows = new Map<string, PartitionAccount>()
  for (const record of sent) {
    if ('maybe' in record) continue
    const { cluster, topic, partition, offset } = record
    const at = `${topic}\u0000${String(partition).padStart(5, '0')}\u0000${cluster}`
    const row = rows.get(at) ?? {
      cluster,
      topic,
      partition,
      sent: 0,
      received: 0,
      stranded: 0,
      missing: 0,
      strandedAndReceived: 0,
      strandedReadBefore: 0,
    }
    rows.set(at, row)
    const inLedger = ledger.some(
      (range) =>
        range.cluster === cluster &&
        range.topic === topic &&
        range.partition === partition &&
        offset >= range.from &&
        offset < range.to,
    )
    row.sent++
    const id = idOf(topic, record)
    if (inLedger && processedBefore.has(id)) row.strandedReadBefore++
    if (processed.has(id)) {
      row.received++
      if (inLedger && processedLater.has(id)) row.strandedAndReceived++
    } else if (inLedger) row.stranded++
    else row.missing++
  }
  return [...rows.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
}

/** Replayed records that a group had read where they were stranded come to it again: so says the question before the decision. */
export function readAgainByReplay(accounts: readonly PartitionAccount[], topic: string): number {
  return accounts
    .filter((account) => account.topic === topic)
    .reduce((sum, { strandedReadBefore }) => sum + strandedReadBefore, 0)
}
