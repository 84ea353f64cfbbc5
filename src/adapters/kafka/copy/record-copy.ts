import type { CopyPart, CopyProgress, RecordCopy } from '../../../ports/cluster.ts'
import { notYet } from '../../../ports/failures.ts'
import { kafkaErrorName } from '../failures.ts'
import type { BrokerConnections } from '../net/connections.ts'
import { readProgress } from './progress.ts'
import { Transactions } from './transactions.ts'

/** What a broker says to a producer whose time is over: opened anew, the copy goes on where it was committed. */
const over = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'TRANSACTION_ABORTABLE',
])

/** How long an abort is tried for when a transaction has failed, ms; after that its coordinator does it. */
const ABORT_MS = 5_000

/** Opens the copy of this id: the one before is fenced off and its open transaction is over, before the progress is read. */
export async function openCopy(
  connections: BrokerConnections,
  id: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<RecordCopy> {
  const transactions = new Transactions(connections, id, timeoutMs)
  await transactions.init(signal)
  const known = new Map((await readProgress(connections, id, timeoutMs, signal)).map((row) => [placeOf(row), row]))
  let failed = false
  return {
    get progress() {
      return [...known.values()]
    },
    async append(parts, aborting) {
      if (failed) throw notYet(`The copy ${id} failed before: it has to be opened again.`)
      try {
        const written = await transactions.produce(parts, aborting)
        const progress = parts.map((part) => advanced(known.get(placeOf(part)), part, written.get(part)))
        await transactions.commitProgress(progress, aborting)
        await transactions.end(true, aborting)
        for (const row of progress) known.set(placeOf(row), row)
        return progress
      } catch (error) {
        failed = true
        // Not with the caller's signal: it may be the reason. What cannot be aborted now is so by its time-out, or the next copier.
        await transactions.end(false, AbortSignal.timeout(ABORT_MS)).catch(() => undefined)
        const name = kafkaErrorName(error)
        if (name === undefined || !over.has(name)) throw error
        throw notYet(
          `The copy ${id} is not this copier's any more (${name}): another one has taken over, or it paused for too long. It goes on where the last transaction was committed.`,
        )
      }
    },
  }
}

function advanced(
  before: CopyProgress | undefined,
  { topic, partition, records, next }: CopyPart,
  written: [first: number, last: number] | undefined,
): CopyProgress {
  const first = before === undefined || before.first < 0 ? (written?.[0] ?? -1) : before.first
  return {
    topic,
    partition,
    next,
    records: (before?.records ?? 0) + records.length,
    first,
    last: written?.[1] ?? before?.last ?? -1,
  }
}

function placeOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
