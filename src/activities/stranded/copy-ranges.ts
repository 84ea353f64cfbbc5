import { precondition } from '../../ports/failures.ts'
import type {
  ClusterLooks,
  ClusterPort,
  CopyPart,
  CopyProgress,
  RecordCopy,
  StoredRecord,
} from '../../ports/cluster.ts'

/** Of one transaction: it is over within seconds, so that readers of committed records are not held up. */
const transactionBytes = 4 * 1024 * 1024
const transactionPlaces = 200

export interface CopyOrder {
  /** Of the copy: the same for every attempt, and for no other copy. */
  id: string
  /** Ranges are in order; a topic's partitions go into the same partitions of `into`. */
  topics: { topic: string; into: string; ranges: [partition: number, from: number, to: number][] }[]
  /** Commits the beginnings that are missing, and copies nothing. Else one that is missing has been lost. */
  begin: boolean
}

export interface CopyCare {
  /** Right before each transaction: throws when it may not be made any more. */
  guard(): Promise<void>
  /** After each transaction. False: enough for now. */
  onward(progress: CopyProgress[]): boolean
}

/**
 * Copies ranges of the source to the target, in order, each record with where it came from in its headers. What was copied
 * and where to go on is committed in one transaction, so that an attempt that dies leaves nothing twice and nothing out.
 */
export async function copyRanges(
  source: ClusterLooks,
  target: Pick<ClusterPort, 'alias' | 'openCopy'>,
  order: CopyOrder,
  care: CopyCare,
  signal: AbortSignal,
): Promise<{ done: boolean; progress: CopyProgress[] }> {
  await care.guard()
  const copy = await target.openCopy(order.id, signal)
  await begin(copy, target.alias, order, care, signal)
  if (order.begin) return { done: true, progress: copy.progress }
  const batch = new Batch(copy, care, signal)
  for (const { topic, into, ranges } of order.topics) {
    for (const [partition, from, to] of ranges) {
      const reached = copy.progress.find((row) => row.topic === into && row.partition === partition)
      for (let position = Math.max(batch.pendingNext(into, partition) ?? reached?.next ?? from, from); position < to;) {
        const { records, next } = await source.readRecords(topic, partition, position, to, signal)
        if (next <= position) throw unreadable(source.alias, topic, partition, position, to)
        position = next
        batch.add({
          topic: into,
          partition,
          next,
          records: records.map((record) => withOrigin(record, source.alias, topic, partition)),
        })
        if (batch.full && !(await batch.commit())) return { done: false, progress: copy.progress }
      }
    }
  }
  await batch.commit()
  return { done: true, progress: copy.progress }
}

/** Every place gets its beginning committed before the first record: from then on a place without one has lost it. */
async function begin(
  copy: RecordCopy,
  alias: string,
  { id, topics, begin: beginning }: CopyOrder,
  care: CopyCare,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(copy.progress.map(({ topic, partition }) => `${topic}/${partition}`))
  const missing = new Map<string, CopyPart>()
  for (const { into, ranges } of topics)
    for (const [partition, from] of ranges) {
      const place = `${into}/${partition}`
      if (!known.has(place) && !missing.has(place))
        missing.set(place, { topic: into, partition, records: [], next: from })
    }
  if (missing.size === 0) return
  if (!beginning) {
    throw precondition(
      `Group ${id} on ${alias} does not hold the progress of ${missing.size} partitions any more (the first: ${[...missing.keys()][0]}): ` +
        'it expired or was deleted, and copying again could copy twice. Compare the origin headers there with the ledger, then decide discard, or hand over.',
    )
  }
  const parts = [...missing.values()]
  for (let at = 0; at < parts.length; at += transactionPlaces) {
    await care.guard()
    await copy.append(parts.slice(at, at + transactionPlaces), signal)
  }
}

/** What the next transaction will hold: one part for each place. */
class Batch {
  readonly #copy: RecordCopy
  readonly #care: CopyCare
  readonly #signal: AbortSignal
  #parts = new Map<string, CopyPart>()
  #bytes = 0

  constructor(copy: RecordCopy, care: CopyCare, signal: AbortSignal) {
    this.#copy = copy
    this.#care = care
    this.#signal = signal
  }

  get full(): boolean {
    return this.#bytes >= transactionBytes || this.#parts.size >= transactionPlaces
  }

  pendingNext(topic: string, partition: number): number | undefined {
    return this.#parts.get(`${topic}/${partition}`)?.next
  }

  add(part: CopyPart): void {
    const place = `${part.topic}/${part.partition}`
    const before = this.#parts.get(place)
    this.#parts.set(place, before === undefined ? part : { ...part, records: [...before.records, ...part.records] })
    this.#bytes += part.records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
  }

  async commit(): Promise<boolean> {
    if (this.#parts.size === 0) return true
    const parts = [...this.#parts.values()]
    this.#parts = new Map()
    this.#bytes = 0
    await this.#care.guard()
    await this.#copy.append(parts, this.#signal)
    return this.#care.onward(this.#copy.progress)
  }
}

/** Whoever reads the copy can tell it from a new record, and find the one it is a copy of. */
function withOrigin(record: StoredRecord, cluster: string, topic: string, partition: number): StoredRecord {
  const origin = { cluster, topic, partition: String(partition), offset: String(record.offset) }
  const added = Object.entries(origin).map(([name, value]): [Buffer, Buffer] => [
    Buffer.from(`switchback.origin.${name}`),
    Buffer.from(value),
  ])
  return { ...record, headers: [...record.headers, ...added] }
}

function unreadable(alias: string, topic: string, partition: number, position: number, to: number): Error {
  return precondition(
    `${topic}-${partition} on ${alias} cannot be read from ${position} to ${to}: a transaction is open there, or its log ends before. Everything before ${position} is copied. End the transaction, then retry.`,
  )
}
