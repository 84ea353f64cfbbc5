import type { ReceivedRecord, SentRecord } from './apps/records.ts'

/** Offsets `from` (inclusive) to `to` (exclusive; without it: to the end) of one partition, as they are on `cluster`. */
export type OffsetRange = {
  cluster: string
  topic: string
  partition: number
  from: number | bigint
  to?: number | bigint
}

export type VerdictInput = {
  sent: readonly SentRecord[]
  /** What one consumer group has processed, in its order. */
  received: readonly ReceivedRecord[]
  /** Stranded ranges: local topics, on the cluster where they were written. */
  ledger?: readonly OffsetRange[]
  /** Ranges announced to be read again: topics as they are read (remote ones with their suffix), on the cluster where they are read. */
  declaredDuplicates?: readonly OffsetRange[]
}

/** What became of one local topic's records. Nothing went wrong when `lost`, `duplicated` and `outOfOrder` are 0. */
export type TopicVerdict = {
  topic: string
  /** Acknowledged records. */
  sent: number
  /** Distinct records processed. */
  received: number
  /** Acknowledged, not processed, and not in the ledger. */
  lost: number
  /** Acknowledged and in the ledger. */
  stranded: number
  /** Processed again, unannounced. */
  duplicated: number
  /** Processed again in a declared range. */
  duplicatesDeclared: number
  /** Processed again because the producer itself sent it again after an unknown outcome. */
  duplicatesOfSender: number
  /** Processed for the first time after a later record of the same key. */
  outOfOrder: number
  /** The same, but the record stands in the ledger: its late return was announced. */
  outOfOrderDeclared: number
}

/** Compares what was sent with what was processed, per local topic in the order of their names. Pure. */
export function verdict(input: VerdictInput): TopicVerdict[] {
  const ledger = new Ranges(input.ledger ?? [])
  const declared = new Ranges(input.declaredDuplicates ?? [])
  const topics = new Map<string, TopicVerdict>()
  const of = (topic: string) => {
    const known = topics.get(topic) ?? nothing(topic)
    topics.set(topic, known)
    return known
  }

  const sentTimes = new Map<string, number>()
  const strandedIds = new Set<string>()
  const acknowledged = new Map<string, string>()
  for (const record of input.sent) {
    const id = idOf(record.topic, record)
    sentTimes.set(id, (sentTimes.get(id) ?? 0) + 1)
    if ('maybe' in record) continue
    acknowledged.set(id, record.topic)
    if (ledger.has(record)) strandedIds.add(id)
  }

  const receipts = receive(input.received, { of, strandedIds, sentTimes, declared })
  for (const [id, topic] of acknowledged) {
    const counts = of(topic)
    counts.sent++
    if (strandedIds.has(id)) counts.stranded++
    else if (!receipts.has(id)) counts.lost++
  }
  return [...topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

type Context = {
  of(topic: string): TopicVerdict
  strandedIds: ReadonlySet<string>
  /** How often the producer sent a record: acknowledged once, and each send whose outcome it does not know. */
  sentTimes: ReadonlyMap<string, number>
  declared: Ranges
}

/** Counts receipts, repetitions and disorder; returns how often each record was received. */
function receive(received: readonly ReceivedRecord[], context: Context): Map<string, number> {
  const receipts = new Map<string, number>()
  const unannounced = new Map<string, number>()
  const highest = new Map<string, number>()
  for (const record of received) {
    const counts = context.of(record.origin)
    const id = idOf(record.origin, record)
    const before = receipts.get(id) ?? 0
    receipts.set(id, before + 1)
    if (before > 0) {
      if (context.declared.has(record)) counts.duplicatesDeclared++
      else if ((unannounced.get(id) ?? 0) + 1 < (context.sentTimes.get(id) ?? 1)) {
        unannounced.set(id, (unannounced.get(id) ?? 0) + 1)
        counts.duplicatesOfSender++
      } else counts.duplicated++
      continue
    }
    counts.received++
    const key = `${record.origin}\u0000${record.key}`
    const reached = highest.get(key) ?? 0
    if (record.seq > reached) highest.set(key, record.seq)
    else if (context.strandedIds.has(id)) counts.outOfOrderDeclared++
    else counts.outOfOrder++
  }
  return receipts
}

/** Whether everything acknowledged was processed once and in order, but for what was announced. */
export function isClean(topics: readonly TopicVerdict[]): boolean {
  return topics.every(({ lost, duplicated, outOfOrder }) => lost === 0 && duplicated === 0 && outOfOrder === 0)
}

class Ranges {
  readonly #byPartition = new Map<string, OffsetRange[]>()

  constructor(ranges: readonly OffsetRange[]) {
    for (const range of ranges) {
      const key = partitionKey(range)
      this.#byPartition.set(key, [...(this.#byPartition.get(key) ?? []), range])
    }
  }

  has(record: { cluster: string; topic: string; partition: number; offset: number }): boolean {
    const ranges = this.#byPartition.get(partitionKey(record)) ?? []
    return ranges.some(({ from, to }) => record.offset >= from && (to === undefined || record.offset < to))
  }
}

function partitionKey({ cluster, topic, partition }: { cluster: string; topic: string; partition: number }): string {
  return `${cluster}\u0000${topic}\u0000${partition}`
}

/** What a producer's record is known by, wherever it is read. */
export function idOf(topic: string, { key, seq }: { key: string; seq: number }): string {
  return `${topic}\u0000${key}\u0000${seq}`
}

function nothing(topic: string): TopicVerdict {
  return {
    topic,
    sent: 0,
    received: 0,
    lost: 0,
    stranded: 0,
    duplicated: 0,
    duplicatesDeclared: 0,
    duplicatesOfSender: 0,
    outOfOrder: 0,
    outOfOrderDeclared: 0,
  }
}
