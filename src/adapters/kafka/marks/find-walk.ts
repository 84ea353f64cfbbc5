import type { FoundRecord, WantedRecord } from '../../../ports/cluster.ts'
import { decodeBatch, isReadable, readBatches, type Batch } from '../records/batch.ts'
import type { FetchedPartition } from '../records/fetch.ts'
import { contentDigest, headersDigest } from './mark.ts'
import type { Walk } from './walk.ts'

/** Offsets searched from the first one of a time on: records of the same moment lie together. */
const SEARCHED_OFFSETS = 20_000

/** Bytes that the walks of one call may still read together. */
export interface Budget {
  bytes: number
}

/**
 * Looks for a record from an offset on that none of its time lies below: the lowest with this content and these headers; else the
 * lowest with this content, which is known as soon as records of a later time begin.
 */
export class FindRecordWalk implements Walk {
  readonly topic: string
  readonly partition: number
  position: number | null
  found: FoundRecord = null
  readonly #wanted: WantedRecord
  readonly #timestamp: bigint
  readonly #budget: Budget
  readonly #until: number

  constructor(wanted: WantedRecord, from: number, budget: Budget) {
    this.topic = wanted.topic
    this.partition = wanted.partition
    this.position = from
    this.#wanted = wanted
    this.#timestamp = BigInt(wanted.timestamp)
    this.#budget = budget
    this.#until = from + SEARCHED_OFFSETS
  }

  take({ records, highWatermark }: FetchedPartition): void {
    const position = this.position ?? 0
    this.#budget.bytes -= records.length
    let next = position
    for (const batch of readBatches(records)) {
      if (Number(batch.lastOffset) < position) continue
      next = Number(batch.lastOffset) + 1
      if (batch.control || batch.count === 0) continue
      if (this.#isSettledBy(batch)) return this.end()
    }
    const atEnd = next === position || next >= this.#until || BigInt(next) >= highWatermark
    this.position = atEnd || this.#budget.bytes <= 0 ? null : next
  }

  end(): void {
    this.position = null
  }

  outside({ start }: { start: number }): void {
    // What is below has expired meanwhile; a log that ends below was cut off.
    this.position = this.position !== null && this.position < start ? start : null
  }

  /** Nothing behind this batch changes what is found. */
  #isSettledBy(batch: Batch): boolean {
    // Behind a record of its time those of a later one begin: none that is alike follows.
    if (this.found !== null && batch.baseTimestamp > this.#timestamp) return true
    if (batch.maxTimestamp < this.#timestamp) return false
    if (!isReadable(batch)) {
      this.found ??= 'unreadable'
      return true
    }
    for (const record of decodeBatch(batch)) {
      if (record.timestamp !== this.#timestamp || contentDigest(record) !== this.#wanted.digest) continue
      if (headersDigest(record) === this.#wanted.headers) {
        this.found = Number(record.offset)
        return true
      }
      this.found ??= Number(record.offset)
    }
    return false
  }
}
