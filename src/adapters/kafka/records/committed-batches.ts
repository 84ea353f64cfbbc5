import { type Batch, isAbortMarker, readBatches } from './batch.ts'
import type { FetchedPartition } from './fetch.ts'

/**
 * The batches of an answer, and which of them a read_committed reader leaves out. The broker sends aborted ones as well and
 * names their transactions: a producer's batches are left out from the transaction's first offset up to its abort marker.
 */
export function* committedBatches(answer: FetchedPartition): Generator<{ batch: Batch; aborted: boolean }> {
  const pending = answer.aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborting = new Set<bigint>()
  for (const batch of readBatches(answer.records)) {
    while (pending[0] !== undefined && pending[0].firstOffset <= batch.lastOffset) {
      aborting.add(pending[0].producerId)
      pending.shift()
    }
    if (isAbortMarker(batch)) aborting.delete(batch.producerId)
    yield { batch, aborted: batch.transactional && !batch.control && aborting.has(batch.producerId) }
  }
}
